/** Which addresses of others' texts the page follows. Pure. */

/** Of a page or a mailbox; null for anything else, a script above all. */
export function pageAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  return ["https:", "http:", "mailto:"].includes(new URL(text).protocol) ? text : null;
}

/** Of a picture: over https from elsewhere, or the picture itself. */
export function pictureAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol } = new URL(text);
  if (protocol === "https:") return text;
  return /^data:image\/(png|jpeg|gif|webp|avif);base64,/.test(text) ? text : null;
}
