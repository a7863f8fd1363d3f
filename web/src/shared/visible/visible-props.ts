/** What a React element shows, without invisible characters. Pure. */

import { visible } from "../../../../src/model/visible-text.ts";

type Props = Record<string, unknown>;

/** Properties that people read or hear, of elements and of components. */
const READ = new Set([
  ...["children", "title", "label", "description", "placeholder", "alt", "error"],
  ...["aria-label", "aria-description", "aria-placeholder", "aria-roledescription", "aria-valuetext"],
]);

/** The same properties where nothing is hidden in them, so that React sees no change. */
export function shownProps(props: Props): Props {
  let shown = props;
  for (const name of Object.keys(props)) {
    const given = props[name];
    const value = name === "data" ? labelled(given) : READ.has(name) ? seen(given) : given;
    if (value !== given) shown = { ...shown, [name]: value };
  }
  return shown;
}

function seen(given: unknown): unknown {
  if (typeof given === "string") return visible(given);
  return Array.isArray(given) ? same(given, given.map(seen)) : given;
}

/** Options of a list and rows of a chart: only their labels are read. */
function labelled(given: unknown): unknown {
  if (!Array.isArray(given)) return given;
  return same(
    given,
    given.map((item) => {
      const label: unknown = typeof item === "object" && item !== null ? item.label : undefined;
      const shown = typeof label === "string" ? visible(label) : label;
      return shown === label ? item : { ...item, label: shown };
    }),
  );
}

const same = (given: unknown[], shown: unknown[]): unknown[] =>
  shown.every((item, index) => item === given[index]) ? given : shown;
