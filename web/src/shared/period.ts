/** A period of days and its form in the address: `period=30d`, or `from` and `to`, both inclusive. Pure. */

export const PRESETS = {
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  "90d": "Last 90 days",
  "12m": "Last 12 months",
  all: "All time",
} as const;
export type Preset = keyof typeof PRESETS;

/** Days like `2026-11-22`, in the viewer's time zone. An empty string leaves that end open. */
export type Period = { preset: Preset } | { preset: null; from: string; to: string };

const NAMES = ["period", "from", "to"] as const;

export function periodIn(address: URLSearchParams, byDefault: Preset): Period {
  const [from, to] = [dayIn(address.get("from")), dayIn(address.get("to"))];
  if (from !== "" || to !== "") return { preset: null, from, to };
  const preset = address.get("period") ?? "";
  return { preset: Object.hasOwn(PRESETS, preset) ? (preset as Preset) : byDefault };
}

/** The address with this period. Other parameters stay. */
export function addressOfPeriod(period: Period, before: URLSearchParams, byDefault: Preset): URLSearchParams {
  const address = new URLSearchParams(before);
  for (const name of NAMES) address.delete(name);
  if (period.preset === null) {
    if (period.from !== "") address.set("from", period.from);
    if (period.to !== "") address.set("to", period.to);
  } else if (period.preset !== byDefault) address.set("period", period.preset);
  return address;
}

const dayIn = (text: string | null): string =>
  text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && dayOf(midnight(text)) === text ? text : "";

/** The instant at which a day starts in the viewer's time zone. */
function midnight(day: string, later = 0): Date {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const instant = new Date(2000, month - 1, date + later);
  instant.setFullYear(year, month - 1, date + later);
  return instant;
}

/** The day of an instant in the viewer's time zone. */
export function dayOf(instant: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${String(instant.getFullYear()).padStart(4, "0")}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
}

/** The instants [from, to) of a period; null leaves that end open. They stay the same for a whole day. */
export function boundsOf(period: Period, now: Date): { from: string | null; to: string | null } {
  if (period.preset === null) {
    return {
      from: period.from === "" ? null : midnight(period.from).toISOString(),
      to: period.to === "" ? null : midnight(period.to, 1).toISOString(),
    };
  }
  const first = firstDay(period.preset, now);
  return { from: first === null ? null : first.toISOString(), to: null };
}

function firstDay(preset: Preset, now: Date): Date | null {
  if (preset === "all") return null;
  if (preset === "12m") return new Date(now.getFullYear(), now.getMonth() - 11, 1);
  const days = { "7d": 6, "30d": 29, "90d": 89 }[preset];
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
}

/** Converts a preset to days, so that the viewer can change them. */
export function asDays(period: Period, now: Date): Period {
  if (period.preset === null) return period;
  const first = firstDay(period.preset, now);
  return { preset: null, from: dayOf(first ?? (firstDay("30d", now) as Date)), to: dayOf(now) };
}
