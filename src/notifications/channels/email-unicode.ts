/** Whether the mail server takes an address with letters beyond ASCII before the @ (SMTPUTF8, RFC 6531). */

import SMTPConnection, { type SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";

/** How long an answer of the server counts, in ms. */
const REMEMBER_MS = 600_000;

/** Whether an address needs the extension. The domain of an address goes out in ASCII where it has to. */
export const needsUnicode = (address: string): boolean =>
  /[^\p{ASCII}]/u.test(address.slice(0, address.lastIndexOf("@")));

/**
 * Asks the server on a connection of its own: the library sends such an address to any server, and takes the answer of
 * one that reads other letters for a success.
 * @param options of the transport
 * @throws the library's errors
 */
export function createUnicodeProbe(options: SMTPConnectionOptions): () => Promise<boolean> {
  let answer: { takes: boolean; until: number } | null = null;
  return async () => {
    if (answer === null || performance.now() >= answer.until) {
      answer = { takes: await probe(options), until: performance.now() + REMEMBER_MS };
    }
    return answer.takes;
  };
}

function probe(options: SMTPConnectionOptions): Promise<boolean> {
  const connection = new SMTPConnection(options);
  return new Promise<boolean>((resolve, reject) => {
    connection.on("error", reject);
    // By then the server has listed its extensions, again after STARTTLS.
    connection.connect(() => resolve(/^250[ -]SMTPUTF8\b/im.test(String(connection.lastServerResponse))));
  }).finally(() => connection.quit());
}
