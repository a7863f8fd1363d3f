/** Reduces a picture of a page to at most 256 colours, which is enough for pages without photographs. */

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const MOST_COLOURS = 256;

/**
 * @param png of 8 bits a channel, not interlaced, as browsers write it; what is transparent becomes opaque
 * @throws where it is another kind of picture
 */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const { palette, indexOf } = paletteOf(pixels);
  const rows = Buffer.alloc(height * (width + 1));
  for (let at = 0, to = 0; at < pixels.length; at++) {
    if (at % width === 0) to++;
    rows[to++] = indexOf(pixels[at] as number);
  }
  const header = Buffer.from("0000000000000000" + "0803000000", "hex");
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

interface Picture {
  width: number;
  height: number;
  /** 0xRRGGBB each. */
  pixels: Uint32Array;
}

function decode(png: Buffer): Picture {
  const parts: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const channels = png[25] === 6 ? 4 : 3;
  if (png[24] !== 8 || ![2, 6].includes(png[25] as number) || png[28] !== 0) throw new Error("Another kind of PNG.");
  const raw = inflateSync(Buffer.concat(parts));
  const length = width * channels;
  const pixels = new Uint32Array(width * height);
  let above: Uint8Array = new Uint8Array(length);
  for (let y = 0; y < height; y++) {
    const from = y * (length + 1);
    const row = raw.subarray(from + 1, from + 1 + length);
    unfilter(raw[from] as number, row, above, channels);
    above = row;
    for (let x = 0; x < width; x++) pixels[y * width + x] = row.readUIntBE(x * channels, 3);
  }
  return { width, height, pixels };
}

/** Section 9 of the specification. */
function unfilter(type: number, row: Uint8Array, above: Uint8Array, step: number): void {
  for (let x = 0; x < row.length; x++) {
    const left = row[x - step] ?? 0;
    const up = above[x] as number;
    const corner = above[x - step] ?? 0;
    const guess = [0, left, up, (left + up) >> 1, type === 4 ? paeth(left, up, corner) : 0][type] as number;
    row[x] = (row[x] as number) + guess;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [up - corner, left - corner, left + up - 2 * corner].map(Math.abs) as [number, number, number];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** The most frequent colours, of those that are nearly alike only one; any other becomes the nearest of them. */
function paletteOf(pixels: Uint32Array): { palette: number[]; indexOf: (colour: number) => number } {
  const counts = new Map<number, number>();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const frequent = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  const kinds = new Set<number>();
  const isNew = (colour: number) => kinds.size < kinds.add(colour & 0xf8f8f8).size;
  const distinct =
    counts.size <= MOST_COLOURS ? frequent : frequent.filter((colour, rank) => rank < 64 || isNew(colour));
  const palette = distinct.slice(0, MOST_COLOURS);
  const known = new Map(palette.map((colour, index) => [colour, index]));
  const indexOf = (colour: number) => {
    let index = known.get(colour);
    if (index === undefined) {
      const distances = palette.map((other) => distance(colour, other));
      index = distances.indexOf(Math.min(...distances));
      known.set(colour, index);
    }
    return index;
  };
  return { palette, indexOf };
}

const distance = (one: number, other: number): number =>
  [16, 8, 0].reduce((sum, bits) => sum + (((one >> bits) & 255) - ((other >> bits) & 255)) ** 2, 0);

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
