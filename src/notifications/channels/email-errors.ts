/** Turns an SMTP error into the error that the row stores, and decides whether the email is retried. */

import { oneLine } from "../../log.ts";
import { DeliveryError } from "../channel.ts";
import { asOneLine } from "./email-thread.ts";

/** The fields that nodemailer sets on its errors. */
interface SmtpError extends Error {
  code?: string;
  /** The code of the underlying system error. A certificate error has no `syscall`. */
  originalCode?: string;
  syscall?: string;
  /** The server's response. `responseCode` is the number at its start. */
  response?: string;
  responseCode?: number;
  /** The SMTP command that failed. */
  command?: string;
}

const LONGEST_MESSAGE = 500;
const PIECE = /[\w.-]{16,}/g;
/** Codes that concern the session, not the message: bad sequence of commands, or not authenticated. */
const OF_THE_SESSION = [503, 530, 534, 535, 538];
/** The message is longer than the server or the recipient accepts. */
const TOO_LONG = 552;

/** @param hidden texts that the message of the error must not contain */
export function deliveryErrorOf(error: unknown, hidden: readonly string[]): DeliveryError {
  const { code, responseCode, response = "", command, originalCode, syscall } = error as SmtpError;
  const reason = originalCode ?? oneLine(error);
  const answered = response === "" ? "." : `: ${response}`;
  const fail = (message: string, permanent = false) => {
    const shown = hidden
      .reduce((text, secret) => text.replaceAll(secret, "[hidden]"), asOneLine(message))
      // A server may quote only a part, or break it over lines.
      .replaceAll(PIECE, (piece) => (hidden.some((secret) => secret.includes(piece)) ? "[hidden]" : piece));
    return new DeliveryError(shown.slice(0, LONGEST_MESSAGE), { permanent });
  };

  switch (code) {
    case "EENVELOPE":
    case "EMESSAGE": {
      // The configuration names the sender, so an operator can fix a refusal of it.
      const ofSender = command === "MAIL FROM" && responseCode !== undefined && responseCode !== TOO_LONG;
      const what = ofSender ? "sender" : command === "RCPT TO" ? "recipient" : "message";
      const permanent =
        responseCode === undefined || (responseCode >= 500 && !ofSender && !OF_THE_SESSION.includes(responseCode));
      return fail(`The mail server ${permanent ? "refused" : "did not accept"} the ${what}${answered}`, permanent);
    }
    case "EAUTH":
    case "ENOAUTH":
      return fail(`The mail server refused the user name and password of SMTP_URL${answered}`);
    case "EABORT":
    case "ETIMEDOUT":
      return fail("The mail server did not answer in time.");
    case "EDNS":
      return fail("The host name of the mail server cannot be resolved.");
    case "ETLS":
      return fail(`The connection to the mail server could not be encrypted (${reason}).`);
    case "ESOCKET":
      return fail(
        syscall === undefined
          ? `The connection to the mail server could not be encrypted (${reason}).`
          : `The mail server cannot be reached (${reason}).`,
      );
    case "ECONNECTION":
      return fail(
        response === "" ? "The mail server closed the connection." : `The mail server ended the session${answered}`,
      );
    default:
      return fail(`The email could not be sent: ${oneLine(error)}`);
  }
}
