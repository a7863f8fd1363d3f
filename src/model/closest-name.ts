/** Finds the known name that an unknown one resembles, for "did you mean". Pure. */

/** Longer names are not compared. */
const LONGEST_NAME = 100;
/** A shorter name may be a part of many names by chance. */
const SHORTEST_PART = 4;

/**
 * The known name that a misspelled one most likely means, or null if it resembles none. Letter case, dashes and
 * underscores do not count. Two names are similar if they differ by one typo in three characters, or if one is a part
 * of the other.
 *
 * @example
 * closestName("timoutMs", ["title", "timeoutMs"]); // "timeoutMs"
 * closestName("channels", ["notifyUsers", "notifyChannels"]); // "notifyChannels"
 */
export function closestName(name: string, known: Iterable<string>): string | null {
  const given = plain(name);
  if (given === "" || name.length > LONGEST_NAME) return null;
  let closest: { typos: number; name: string } | null = null;
  let whole: string | null = null;
  for (const candidate of known) {
    const plainCandidate = plain(candidate);
    const typos = typosBetween(given, plainCandidate);
    const shorter = Math.min(given.length, plainCandidate.length);
    const isSimilar = typos <= Math.max(shorter > 2 ? 1 : 0, Math.floor(shorter / 3));
    if (isSimilar && (closest === null || typos < closest.typos)) closest = { typos, name: candidate };
    const isPart = shorter >= SHORTEST_PART && (plainCandidate.includes(given) || given.includes(plainCandidate));
    if (isPart && (whole === null || candidate.length < whole.length)) whole = candidate;
  }
  return closest?.name ?? whole;
}

/** The end of a sentence about an unknown name: `; did you mean timeoutMs?`. Empty if it resembles no known name. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const closest = closestName(name, known);
  return closest === null ? "" : `; did you mean ${closest}?`;
}

/** The number of insertions, removals, replacements and swaps of neighbours between two names. */
export function typosBetween(first: string, second: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: second.length + 1 }, (_, at) => at);
  for (let row = 1; row <= first.length; row++) {
    const current = [row];
    for (let at = 1; at <= second.length; at++) {
      const isSame = first[row - 1] === second[at - 1];
      const replaced = (above[at - 1] as number) + (isSame ? 0 : 1);
      let least = Math.min((above[at] as number) + 1, (current[at - 1] as number) + 1, replaced);
      const isSwap = row > 1 && at > 1 && first[row - 1] === second[at - 2] && first[row - 2] === second[at - 1];
      if (isSwap) least = Math.min(least, (twoAbove[at - 2] as number) + 1);
      current.push(least);
    }
    [twoAbove, above] = [above, current];
  }
  return above.at(-1) as number;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, "");
