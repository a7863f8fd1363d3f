/** Draws the figures of a measurement as bars, in an SVG with the colours of the reader's theme. */

import { baseMeasure } from "./numbers.ts";
import type { Figure } from "./report.ts";

const WIDTH = 820;
const MARGIN = 16;
/** The length of the longest bar of a figure; its text follows. */
const LONGEST = 300;
const HEAD = 44;
const ROW = 47;
/** What a second bar adds to a row. */
const SECOND = 17;
/** Where the bars of a waterfall start, and the height of its lines. */
const NAMES = 400;
const STEP = 24;

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.what { font-weight: 600 }
.own { fill: #0969da }
.other { fill: #8c959f }
.limit { stroke: #cf222e; stroke-width: 2 }
.ground { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .own { fill: #4493f8 }
  .other { fill: #6e7681 }
  .limit { stroke: #f85149 }
  .ground { fill: #0d1117 }
}`;

/** One figure: its bar, the bar of what it is compared with, and its limit, all in the same unit. */
interface Row {
  figure: Figure;
  own: number;
  other: number | null;
  limit: number | null;
}

/** Null for a figure without a comparison and a limit, and for one that is no measure, such as `lost 3`. */
function rowOf(figure: Figure): Row | null {
  const [own, against, bar] = [figure.value, figure.against, figure.bar].map((text) => baseMeasure(text ?? ""));
  if (!own || (figure.result === undefined && figure.bar === undefined)) return null;
  const other = against?.unit === own.unit ? against.value : null;
  if (bar?.unit === "×") return { figure, own: own.value, other, limit: other === null ? null : bar.value * other };
  return { figure, own: own.value, other, limit: bar?.unit === own.unit ? bar.value : null };
}

/** The SVG; null if no figure has a span, a comparison or a limit. */
export function chartOf(title: string, figures: readonly Figure[]): string | null {
  const spans = figures.filter(({ span }) => span !== undefined);
  if (spans.length > 0) return waterfallOf(title, spans);
  const rows = figures.map(rowOf).filter((row) => row !== null);
  if (rows.length === 0) return null;
  let height = HEAD;
  const bars = rows.map((row) => {
    const top = height;
    height += row.figure.against === undefined ? ROW : ROW + SECOND;
    return drawn(row, top);
  });
  return pageOf(title, height + MARGIN / 2, bars);
}

const pageOf = (title: string, height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
<text class="title" x="${MARGIN}" y="26">${escaped(title)}</text>
${parts.join("\n")}
</svg>
`;

/** One line a step: its name, and its bar at the place in time. */
function waterfallOf(title: string, figures: readonly Figure[]): string {
  const scale = LONGEST / Math.max(...figures.map(({ span }) => span?.to ?? 0));
  const lines = figures.map(({ what, value, span = { from: 0, to: 0 } }, index) => {
    const [x, y] = [NAMES + span.from * scale, HEAD + index * STEP];
    const size = Math.max(1, (span.to - span.from) * scale);
    return (
      `<text x="${MARGIN}" y="${y + 11}">${escaped(what)}</text>` +
      `<rect class="own" x="${x.toFixed(1)}" y="${y}" width="${size.toFixed(1)}" height="14"/>` +
      `<text x="${(x + size + 6).toFixed(1)}" y="${y + 11}">${escaped(value)}</text>`
    );
  });
  return pageOf(title, HEAD + figures.length * STEP + MARGIN, lines);
}

function drawn({ figure, own, other, limit }: Row, top: number): string {
  const scale = LONGEST / Math.max(own, other ?? 0, limit ?? 0, Number.MIN_VALUE);
  const length = (value: number) => Math.max(1, Math.round(value * scale * 10) / 10);
  const { what, value, against, result, bar, met } = figure;
  const verdict = bar === undefined ? [] : [`bar ${bar}${met === undefined ? "" : met ? ": met" : ": MISSED"}`];
  const ratio = result === undefined ? [] : [result];
  const end = limit === null ? 0 : length(limit);
  // The text is right of the limit as well, so that the line does not cross it.
  const line = (name: string, size: number, text: string, y: number) =>
    `<rect class="${name}" x="${MARGIN}" y="${y}" width="${size}" height="14"/>` +
    `<text x="${MARGIN + Math.max(size, end) + 6}" y="${y + 11}">${escaped(text)}</text>`;
  const parts = [
    `<text class="what" x="${MARGIN}" y="${top + 12}">${escaped(what)}</text>`,
    `<text x="${WIDTH - MARGIN}" y="${top + 12}" text-anchor="end">${escaped([...ratio, ...verdict].join(", "))}</text>`,
    line("own", length(own), value, top + 20),
  ];
  if (against !== undefined) parts.push(line("other", other === null ? 0 : length(other), against, top + 20 + SECOND));
  if (limit !== null) {
    const [x, bottom] = [MARGIN + end, top + 37 + (against === undefined ? 0 : SECOND)];
    parts.push(`<line class="limit" x1="${x}" x2="${x}" y1="${top + 17}" y2="${bottom}"/>`);
  }
  return parts.join("\n");
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
