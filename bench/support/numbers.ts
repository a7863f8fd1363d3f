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

/** The figure in a text such as `decided: 1,530 /s late`. */
export const MEASURE = /(\d[\d,]*(?:\.\d+)?) (ms|s|\/s|kB|B|×)(?![\p{L}\d])/u;

export function measureIn(text: string): { value: number; unit: string } | null {
  const [, number, unit] = MEASURE.exec(text) ?? [];
  return number && unit ? { value: Number(number.replaceAll(",", "")), unit } : null;
}

/** The figure in a text, times in ms and sizes in bytes, so that figures are comparable. */
export function baseMeasure(text: string): { value: number; unit: string } | null {
  const measure = measureIn(text);
  if (measure?.unit === "s") return { value: measure.value * 1000, unit: "ms" };
  if (measure?.unit === "kB") return { value: measure.value * 1000, unit: "B" };
  return measure;
}
