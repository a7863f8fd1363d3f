/** What the row says of a mail that was not sent, and whether trying again can help. */

import { oneLine } from "../../log.ts";
import { DeliveryError } from "../channel.ts";
import { asOneLine } from "./email-thread.ts";

/** What nodemailer puts on its errors. */
interface SmtpError extends Error {
  code?: string;
  /** Of the system's error behind it; one of a certificate comes from no call of the system's. */
  originalCode?: string;
  syscall?: string;
  /** The server's answer, and the number that it begins with. */
  response?: string;
  responseCode?: number;
  /** What was asked of the server. */
  command?: string;
}

const LONGEST_MESSAGE = 500;
const PIECE = /[\w.-]{16,}/g;
/** The session is at fault, not the message: out of sequence, or not signed in. */
const OF_THE_SESSION = [503, 530, 534, 535, 538];
/** The message is longer than the server or the recipient takes. */
const TOO_LONG = 552;

/** @param hidden texts that no message may hold */
export function deliveryErrorOf(error: unknown, hidden: readonly string[]): DeliveryError {
  const { code, responseCode, response = "", command, originalCode, syscall } = error as SmtpError;
  const reason = originalCode ?? oneLine(error);
  const answered = response === "" ? "." : `: ${response}`;
  const fail = (message: string, permanent = false) => {
    const shown = hidden
      .reduce((text, secret) => text.replaceAll(secret, "[hidden]"), asOneLine(message))
      // A server may quote no more than a part, or break it over lines.
      .replaceAll(PIECE, (piece) => (hidden.some((secret) => secret.includes(piece)) ? "[hidden]" : piece));
    return new DeliveryError(shown.slice(0, LONGEST_MESSAGE), { permanent });
  };

  switch (code) {
    case "EENVELOPE":
    case "EMESSAGE": {
      // Who is refused as the sender is refused for what the configuration says, which somebody may mend.
      const ofSender = command === "MAIL FROM" && responseCode !== undefined && responseCode !== TOO_LONG;
      const what = ofSender ? "sender" : command === "RCPT TO" ? "recipient" : "message";
      const permanent =
        responseCode === undefined || (responseCode >= 500 && !ofSender && !OF_THE_SESSION.includes(responseCode));
      return fail(`The mail server ${permanent ? "refused" : "did not take"} the ${what}${answered}`, permanent);
    }
    case "EAUTH":
    case "ENOAUTH":
      return fail(`The mail server refused the name and password of SMTP_URL${answered}`);
    case "EABORT":
    case "ETIMEDOUT":
      return fail("The mail server did not answer in time.");
    case "EDNS":
      return fail("The name of the mail server is not known.");
    case "ETLS":
      return fail(`The connection to the mail server could not be encrypted (${reason}).`);
    case "ESOCKET":
      return fail(
        syscall === undefined
          ? `The connection to the mail server could not be encrypted (${reason}).`
          : `The mail server cannot be reached (${reason}).`,
      );
    case "ECONNECTION":
      return fail(response === "" ? "The mail server closed the connection." : `The mail server gave up${answered}`);
    default:
      return fail(`The mail could not be sent: ${oneLine(error)}`);
  }
}
