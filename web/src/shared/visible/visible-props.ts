/** Makes invisible characters in the properties of React elements visible. Pure. */

import { visible } from "../../../../src/model/visible-text.ts";

type Props = Record<string, unknown>;

/** The properties of elements and components that people read, or that a screen reader reads to them. */
const READ = new Set([
  "children",
  "title",
  "label",
  "description",
  "placeholder",
  "alt",
  "error",
  "aria-label",
  "aria-description",
  "aria-placeholder",
  "aria-roledescription",
  "aria-valuetext",
]);

/** The same object if no property has invisible characters, so that React sees no change. */
export function visibleProps(props: Props): Props {
  let shown = props;
  for (const name of Object.keys(props)) {
    const given = props[name];
    const value = name === "data" ? withVisibleLabels(given) : READ.has(name) ? visibleValue(given) : given;
    if (value !== given) shown = { ...shown, [name]: value };
  }
  return shown;
}

function visibleValue(given: unknown): unknown {
  if (typeof given === "string") return visible(given);
  return Array.isArray(given) ? sameIfEqual(given, given.map(visibleValue)) : given;
}

/** Options of a list and rows of a chart: people read only their labels. */
function withVisibleLabels(given: unknown): unknown {
  if (!Array.isArray(given)) return given;
  return sameIfEqual(
    given,
    given.map((item) => {
      const label: unknown = typeof item === "object" && item !== null ? item.label : undefined;
      const shown = typeof label === "string" ? visible(label) : label;
      return shown === label ? item : { ...item, label: shown };
    }),
  );
}

const sameIfEqual = (given: unknown[], shown: unknown[]): unknown[] =>
  shown.every((item, index) => item === given[index]) ? given : shown;
