/** The sender and recipient addresses of emails. */

import addressparser from "nodemailer/lib/addressparser";
import type { Addressee } from "../../model/notifications.ts";
import { DeliveryError } from "../channel.ts";

/** One mailbox. */
export interface Mailbox {
  name: string;
  address: string;
}

// An address cannot contain characters that separate addresses, or that end a header or a command.
const ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]{1,64}@[^\s\p{Cc}<>()[\]\\,;:"@]{1,255}$/u;
const SENDER = "Countersign";

/**
 * The person's address: the one in the directory, or their id if it is an address.
 * @throws a permanent DeliveryError if there is none
 */
export function addressOf({ id, email }: Pick<Addressee, "id" | "email">): string {
  const address = email ?? (ADDRESS.test(id) ? id : null);
  if (address === null) throw new DeliveryError(`No email address is known for ${id}.`, { permanent: true });
  if (!ADDRESS.test(address)) {
    throw new DeliveryError(`The known email address of ${id} is not valid.`, { permanent: true });
  }
  return address;
}

/** MAIL_FROM as a mailbox, or null if it has no address. */
export function mailboxOf(from: string): Mailbox | null {
  const first = addressparser(from, { flatten: true }).find(({ address }) => ADDRESS.test(address));
  return first === undefined ? null : { name: first.name, address: first.address };
}

/** The sender if MAIL_FROM is not set: `countersign` at the host of PUBLIC_URL. */
export function defaultSender(publicUrl: string): Mailbox {
  const { hostname } = new URL(publicUrl);
  // An IP address is written as a literal, and an IPv6 address with a prefix. In a URL, the latter already has
  // brackets.
  const literal = hostname.startsWith("[") ? `[IPv6:${hostname.slice(1)}` : `[${hostname}]`;
  const isAddress = hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
  return { name: SENDER, address: `countersign@${isAddress ? literal : hostname}` };
}
