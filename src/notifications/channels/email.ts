/** The email channel: HTML and plain text, one email for each person, one thread for each request. */

import { createTransport } from "nodemailer";
import SMTPPool from "nodemailer/lib/smtp-pool";
import type { Config } from "../../config/config.ts";
import type { Logger } from "../../log.ts";
import { unknownPerson } from "../../model/notifications.ts";
import { type Channel, DeliveryError } from "../channel.ts";
import { type DecisionLinks, decideLink } from "../decision-links.ts";
import type { Templates } from "../templates.ts";
import { viewOf } from "../view.ts";
import { addressOf, defaultSender, type Mailbox, mailboxOf } from "./email-address.ts";
import { deliveryErrorOf } from "./email-errors.ts";
import { asOneLine, idsOf, subjectOf } from "./email-thread.ts";
import { createUnicodeProbe, needsUnicode } from "./email-unicode.ts";

export interface EmailOptions {
  mail: Pick<Config["mail"], "from" | "links"> & { smtpUrl: string };
  templates: Templates;
  /** The base of every link, without a trailing slash. Called once the server listens. */
  publicUrl: () => string;
  links: DecisionLinks;
  log: Logger;
}

/** Connections to the mail server. Each sends one message at a time. */
const CONNECTIONS = 5;
/** ms. Each is shorter than the timeout of an attempt, so that the row names the step that timed out. */
const TIMEOUTS = { dnsTimeout: 4_000, connectionTimeout: 6_000, greetingTimeout: 6_000, socketTimeout: 8_000 };
/** ms until an idle connection is closed properly, before its socket times out. */
const IDLE_MS = 5_000;
/** ms that a stopping process waits for the server to close the connection. */
const CLOSING_MS = 500;
/** Options that would make the library print its dialog with the server, including links, to the console. */
const LOGGING_OPTIONS = ["logger", "debug", "transactionLog"];

export function createEmailChannel({ mail, templates, publicUrl, links, log }: EmailOptions): Channel {
  const pool = poolOf(mail.smtpUrl);
  const transport = createTransport(pool);
  const supportsUnicode = createUnicodeProbe(pool.options);
  const hidden = secretsOf(mail.smtpUrl);
  const configured = mail.from === null ? null : mailboxOf(mail.from);
  if (configured === null) {
    const fault = mail.from === null ? "is not set" : "has no email address";
    log.warn(`MAIL_FROM ${fault}: emails are sent from countersign at the host of PUBLIC_URL`);
  }
  const refused = (error: unknown): never => {
    throw deliveryErrorOf(error, hidden);
  };
  transport.on("error", (error) => log.warn({ err: deliveryErrorOf(error, hidden) }, "the mail transport failed"));

  return {
    name: "EMAIL",
    slots: CONNECTIONS,
    async send(delivery, signal) {
      const { notification, request, canDecide, isKnown } = delivery;
      const person = delivery.person ?? unknownPerson(notification.recipient);
      const to = addressOf(person);
      if (needsUnicode(to) && !(await supportsUnicode().catch(refused))) {
        const why = "the mail server does not support non-ASCII characters before the @ (SMTPUTF8)";
        throw new DeliveryError(`${person.id} cannot be reached at ${to}: ${why}.`, { permanent: true });
      }
      const base = publicUrl();
      const from = configured ?? defaultSender(base);
      // An address that only the requester has named identifies nobody, so its reader must sign in.
      const isLinked = canDecide && (isKnown || mail.links === "anyone");
      const token = isLinked ? await links.sign({ userId: person.id, request }) : null;
      const view = viewOf(delivery, base, token === null ? null : decideLink(base, token));
      const subject = subjectOf(templates.render("email/subject", view), notification.kind);
      const text = templates.render("email/text", view);
      const ids = idsOf(delivery, domainOf(from));

      const sent = await transport
        .sendMail({
          from,
          to: { name: "", address: to },
          envelope: { from: from.address, to: [to] },
          subject,
          text,
          html: templates.render("email/html", view),
          ...ids,
          headers: {
            "X-Countersign-Notification": notification.id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
          },
          ...(notification.kind === "URGENT" && { priority: "high" }),
          xMailer: false,
          disableFileAccess: true,
          disableUrlAccess: true,
          signal,
        })
        .catch((error: unknown) => {
          // A filter that refuses an email may quote it.
          throw deliveryErrorOf(error, token === null ? hidden : [...hidden, token]);
        });
      // A reader of the row must not be able to decide as this person.
      const body = token === null ? text : text.replaceAll(token, "…");
      return { subject, body, externalId: sent.serverMessageId ?? ids.messageId };
    },
    async close() {
      transport.close({ force: true });
    },
  };
}

/** The parameters of the address (`?requireTLS=true`, `?tls.ca=…`) are read by nodemailer. */
function poolOf(smtpUrl: string): SMTPPool {
  const url = new URL(smtpUrl);
  for (const name of LOGGING_OPTIONS) url.searchParams.delete(name);
  return new SMTPPool({
    url: url.href,
    maxConnections: CONNECTIONS,
    // A message of which nothing was sent yet may use a second connection. The outbox retries all others.
    maxRequeues: 1,
    idleTimeout: IDLE_MS,
    socketCloseTimeout: CLOSING_MS,
    ...TIMEOUTS,
  });
}

const domainOf = ({ address }: Mailbox): string => address.slice(address.lastIndexOf("@") + 1);

/** The password of SMTP_URL, in each form in which a server could echo it. */
function secretsOf(smtpUrl: string): string[] {
  const { username, password } = new URL(smtpUrl);
  if (password === "") return [];
  const [user, pass] = [username, password].map(decoded) as [string, string];
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return [base64(`\0${user}\0${pass}`), base64(pass), password, pass].map(asOneLine).filter((text) => text !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
