/**
 * Checks time zones by their IANA names. All zones from outside pass this check. Pure, and imported by the web pages as
 * well.
 *
 * It rejects an offset such as +05:30, because PostgreSQL inverts its sign. It also rejects an abbreviation such as PST,
 * which is one offset all year for PostgreSQL, but a zone with summer time for JavaScript.
 */

const AREA = /^[A-Za-z][\w+-]*(?:\/[A-Za-z][\w+-]*)*$/;
const LONGEST = 64;
/** The IANA names with three letters. All others are abbreviations or names of ICU. */
const THREE_LETTERS = new Set("CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET".split(" "));
const OF_ICU = /^SystemV\//i;

/** The form of a time zone, for messages. */
export const TIME_ZONE_FORM = "the IANA name of a time zone, such as Europe/Berlin";

const MOST_KNOWN = 1_000;
// A cache, because creating a format is slow.
const known = new Map<string, string | null>();

/**
 * Returns a name that means the same zone for JavaScript and PostgreSQL; null if it is not an IANA name. PostgreSQL would
 * read a name without an area, such as CET, as an abbreviation.
 */
export function timeZoneOf(name: string): string | null {
  if (name.length > LONGEST) return null;
  let zone = known.get(name);
  if (zone === undefined) {
    zone = isIana(name) ? resolve(name) : null;
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, zone);
  }
  return zone;
}

export const isTimeZone = (name: string): boolean => timeZoneOf(name) !== null;

const isIana = (name: string): boolean =>
  AREA.test(name) && !OF_ICU.test(name) && (name.length !== 3 || THREE_LETTERS.has(name.toUpperCase()));

function resolve(name: string): string | null {
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return name.includes("/") ? name : timeZone;
  } catch {
    return null;
  }
}
