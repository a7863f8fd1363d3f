/** Ids of rows: UUIDs of version 7, which grow within a process, so that a new row's index entry goes behind the last. */

import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

const RANDOM_BYTES = 16;
/** The system is asked for so many bytes at once: for a few of them the call takes longer than all else about an id. */
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
/** `seq` has 32 bits; a new millisecond starts in the lower half, so that as many ids as any process makes follow it. */
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
