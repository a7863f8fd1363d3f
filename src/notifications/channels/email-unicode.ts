/** Asks the mail server whether it supports non-ASCII characters before the @ of an address (SMTPUTF8, RFC 6531). */

import SMTPConnection, { type SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";

/** How long a response of the server is cached, in ms. */
const REMEMBER_MS = 600_000;

/** Whether an address needs the extension. The library encodes the domain in ASCII if necessary. */
export const needsUnicode = (address: string): boolean =>
  /[^\p{ASCII}]/u.test(address.slice(0, address.lastIndexOf("@")));

/**
 * Asks the server on a separate connection. The library would send such an address to any server, and would report
 * success even if the server had misread it.
 * @param options the options of the transport
 * @throws the library's errors
 */
export function createUnicodeProbe(options: SMTPConnectionOptions): () => Promise<boolean> {
  let answer: { isSupported: boolean; until: number } | null = null;
  return async () => {
    if (answer === null || performance.now() >= answer.until) {
      answer = { isSupported: await probe(options), until: performance.now() + REMEMBER_MS };
    }
    return answer.isSupported;
  };
}

function probe(options: SMTPConnectionOptions): Promise<boolean> {
  const connection = new SMTPConnection(options);
  return new Promise<boolean>((resolve, reject) => {
    connection.on("error", reject);
    // At this point the server has listed its extensions, also after STARTTLS.
    connection.connect(() => resolve(/^250[ -]SMTPUTF8\b/im.test(String(connection.lastServerResponse))));
  }).finally(() => connection.quit());
}
