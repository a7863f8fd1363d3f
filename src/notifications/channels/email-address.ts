/** Who a mail is from and whom it goes to. */

import addressparser from "nodemailer/lib/addressparser";
import type { Addressee } from "../../model/notifications.ts";
import { DeliveryError } from "../channel.ts";

/** One mailbox. */
export interface Mailbox {
  name: string;
  address: string;
}

// Neither what separates addresses nor what ends a header or a command can be part of it.
const ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]{1,64}@[^\s\p{Cc}<>()[\]\\,;:"@]{1,255}$/u;
const SENDER = "Countersign";

/**
 * The person's address: the one that the directory knows, or their id where that is one.
 * @throws DeliveryError, permanent, where there is none
 */
export function addressOf({ id, email }: Pick<Addressee, "id" | "email">): string {
  const address = email ?? (ADDRESS.test(id) ? id : null);
  if (address === null) throw new DeliveryError(`No email address is known for ${id}.`, { permanent: true });
  if (!ADDRESS.test(address)) {
    throw new DeliveryError(`The known email address of ${id} is not valid.`, { permanent: true });
  }
  return address;
}

/** MAIL_FROM as a mailbox; null where it holds no address. */
export function mailboxOf(from: string): Mailbox | null {
  const first = addressparser(from, { flatten: true }).find(({ address }) => ADDRESS.test(address));
  return first === undefined ? null : { name: first.name, address: first.address };
}

/** Who mails are from where MAIL_FROM does not say: `countersign` at the host of PUBLIC_URL. */
export function defaultSender(publicUrl: string): Mailbox {
  const { hostname } = new URL(publicUrl);
  // An IP address is written as a literal, an IPv6 one with its kind; a URL has brackets around that one already.
  const literal = hostname.startsWith("[") ? `[IPv6:${hostname.slice(1)}` : `[${hostname}]`;
  const isAddress = hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
  return { name: SENDER, address: `countersign@${isAddress ? literal : hostname}` };
}
