/** Computes and formats figures: medians and ratios. */

/** The value below which this share of the values lies (0.5 is the median); NaN for an empty list. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

const round = (value: number, digits: number) =>
  value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });

export const ms = (value: number): string => `${round(value, value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
export const seconds = (valueMs: number): string => `${round(valueMs / 1000, 2)} s`;
export const perSecond = (value: number): string => `${round(value, 0)} /s`;
export const kilobytes = (bytes: number): string => `${round(bytes / 1000, 1)} kB`;
export const times = (ratio: number): string => `${round(ratio, 2)} ×`;
export const whole = (value: number): string => round(value, 0);
