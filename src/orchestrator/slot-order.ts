/** The order of the jobs that wait for a slot. `countersign_grant_slots` in the database uses the same order. */

/** A job's place in the line. */
export interface Place {
  /** The priority of its run. */
  priority: number;
  /** When its run was started, in ms since 1970. */
  createdAt: number;
  runId: string;
  /** The job's place in the document. */
  position: number;
}

/** Negative if the first comes before the second: higher priority, then older run, then place in the document. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  if (a.runId !== b.runId) return a.runId < b.runId ? -1 : 1;
  return a.position - b.position;
}

/** The index at which a new place belongs in a sorted line. */
export function indexInLine(line: readonly Place[], late: Place): number {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePlaces(line[middle] as Place, late) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
