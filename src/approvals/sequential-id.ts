/** Creates ids of rows: UUIDs of version 7 that increase within a process, so that index entries are appended. */

import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

const RANDOM_BYTES = 16;
/** Random bytes are read in blocks, because a call for a few bytes takes longer than the rest of creating an id. */
const pool = new Uint8Array(256 * RANDOM_BYTES);
let used = pool.length;

function random(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.subarray(used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  return bytes;
}

const last = { msecs: 0, seq: 0 };
/** `seq` has 32 bits. Each millisecond starts in the lower half, so that enough values follow. */
const START_BELOW = 2 ** 31;
const HIGHEST = 2 ** 32 - 1;

/** A new id, greater than every earlier one of this process. */
export function sequentialId(): string {
  const bytes = random();
  const now = Date.now();
  if (now > last.msecs) {
    last.msecs = now;
    last.seq = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % START_BELOW;
  } else if (last.seq === HIGHEST) {
    last.msecs += 1;
    last.seq = 0;
  } else {
    last.seq += 1;
  }
  return v7({ ...last, random: bytes });
}
