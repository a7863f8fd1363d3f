/** Which addresses of others' texts the page follows. Pure. */

/** Of a page or a mailbox; null for anything else, a script above all. */
export function pageAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  return ["https:", "http:", "mailto:"].includes(new URL(text).protocol) ? text : null;
}

/** Of a picture: the picture itself, or where it is on another server, which is not asked for it before a click. */
export const pictureAddress = (text: string): string | null =>
  isInline(text) || (URL.canParse(text) && ["https:", "http:"].includes(new URL(text).protocol)) ? text : null;

/** Whether an address holds the picture itself, so that showing it asks nobody. */
export const isInline = (text: string): boolean => /^data:image\/(png|jpeg|gif|webp|avif);base64,/.test(text);

/** Where an address leads to; all of it where it names no host. */
export const hostOf = (text: string): string => (URL.canParse(text) && new URL(text).host) || text;
