/** Decodes UTF-8. Invalid bytes are an error, and are not replaced by other characters. */

/** The bytes are not UTF-8. */
export class NotUtf8Error extends Error {
  override readonly name = "NotUtf8Error";
  readonly code = "not UTF-8";
  constructor() {
    super("is not UTF-8 text");
  }
}

/** Decodes bytes and removes a byte order mark. @throws NotUtf8Error */
export function decodeUtf8(bytes: Uint8Array): string {
  return decodedBy(new TextDecoder("utf-8", { fatal: true }), bytes);
}

/** Decodes bytes that come in pieces. @throws NotUtf8Error, and the errors of `pieces` */
export async function* decodeUtf8Pieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const piece of pieces) yield decodedBy(decoder, piece, { stream: true });
  yield decodedBy(decoder, new Uint8Array());
}

function decodedBy(decoder: TextDecoder, bytes: Uint8Array, options: TextDecodeOptions = {}): string {
  try {
    return decoder.decode(bytes, options);
  } catch {
    throw new NotUtf8Error();
  }
}
