/**
 * Time zones by their IANA names: the one check for every zone that comes from outside. Pure, and imported by the web
 * pages as well.
 *
 * An offset such as +05:30 is refused, because PostgreSQL reads its sign the other way round. So is an abbreviation such
 * as PST, which PostgreSQL takes for one offset all year, and JavaScript for a zone with summer time.
 */

const AREA = /^[A-Za-z][\w+-]*(?:\/[A-Za-z][\w+-]*)*$/;
const LONGEST = 64;
/** The names of three letters that IANA has; every other one is an abbreviation, or a name of ICU's own. */
const THREE_LETTERS = new Set("CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET".split(" "));
const OF_ICU = /^SystemV\//i;

/** What a message says of a zone that is refused. */
export const TIME_ZONE_FORM = "the IANA name of a time zone, such as Europe/Berlin";

const MOST_KNOWN = 1_000;
// Making a format takes much longer than a look here.
const known = new Map<string, string | null>();

/**
 * A zone under a name that JavaScript and PostgreSQL both take for the same one; null where it is no IANA name.
 * PostgreSQL would take a name without an area, such as CET, for an abbreviation first.
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
