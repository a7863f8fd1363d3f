/** Checks which addresses in users' texts the page may link to or load. Pure. */

/** The address of a web page or mailbox; null for anything else, for example a script. */
export function pageAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  return ["https:", "http:", "mailto:"].includes(new URL(text).protocol) ? text : null;
}

/** The address of a picture: inline data, or a page of another server that opens only on a click. */
export const pictureAddress = (text: string): string | null =>
  isInline(text) || (URL.canParse(text) && ["https:", "http:"].includes(new URL(text).protocol)) ? text : null;

/** Whether an address contains the picture itself, so that showing it sends no request. */
export const isInline = (text: string): boolean => /^data:image\/(png|jpeg|gif|webp|avif);base64,/.test(text);

/** The host of an address; the whole address if it has no host. */
export const hostOf = (text: string): string => (URL.canParse(text) && new URL(text).host) || text;
