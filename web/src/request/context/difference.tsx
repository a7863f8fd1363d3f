/** The difference of two values: as a table of fields if possible, otherwise line by line. */

import { Button, SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { visibleData } from "../../../../src/model/visible-text.ts";
import { Scrolled } from "../../shared/scrolled.tsx";
import { count } from "../../shared/words.ts";
import classes from "./context.module.css";
import { diffRows, fieldChanges, stretchesOf, textOf, unchangedFields, wordParts } from "./diff-rows.ts";
import { DiffTable, type Layout, Parts } from "./diff-table.tsx";
import { isWord, scalarText } from "./shape.ts";

interface Props {
  before: unknown;
  after: unknown;
  label: string;
}

export function Difference({ before, after, label }: Props) {
  const fields = useMemo(() => fieldChanges(before, after), [before, after]);
  if (isWord(before) && isWord(after)) return <Words before={before} after={after} />;
  if (fields === null) return <Lines before={before} after={after} label={label} />;
  const same = unchangedFields(before as Record<string, unknown>, after as Record<string, unknown>);
  return (
    <Scrolled label={`${label}: before and after`}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <FieldRow key={field.path} {...field} />
          ))}
          <tr>
            <td colSpan={3} className={classes.nothing}>
              {fields.length === 0
                ? "No differences."
                : same === 0
                  ? "Nothing else."
                  : `${count(same, "other field")} unchanged.`}
            </td>
          </tr>
        </tbody>
      </table>
    </Scrolled>
  );
}

/** "4 → 12". */
const Words = ({ before, after }: { before: unknown; after: unknown }) => (
  <span className="numbers">
    <del className={classes.removed}>{scalarText(before)}</del>
    <span aria-hidden="true"> → </span>
    <span className="unseen">is now</span>
    <ins className={classes.added}>{scalarText(after)}</ins>
  </span>
);

function FieldRow({ path, before, after }: { path: string; before: unknown; after: unknown }) {
  const isText = typeof before === "string" && typeof after === "string";
  const [was, is] = isText ? wordParts(visibleData(before), visibleData(after)) : [partOf(before), partOf(after)];
  return (
    <tr>
      <th scope="row">{path}</th>
      <td>
        {before === undefined ? (
          <span className={classes.nothing}>missing</span>
        ) : (
          <del className={classes.removed}>
            <Parts parts={was} />
          </del>
        )}
      </td>
      <td>
        {after === undefined ? (
          <span className={classes.nothing}>gone</span>
        ) : (
          <ins className={classes.added}>
            <Parts parts={is} />
          </ins>
        )}
      </td>
    </tr>
  );
}

const partOf = (value: unknown) => [{ text: scalarText(value), changed: false }];

function Lines({ before, after, label }: Props) {
  const isNarrow = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const [chosen, setChosen] = useState<Layout | null>(null);
  const [isWhole, setWhole] = useState(false);
  const rows = useMemo(() => diffRows(textOf(before), textOf(after, before)), [before, after]);
  const stretches = useMemo(() => (isWhole ? [{ hidden: false as const, rows }] : stretchesOf(rows)), [rows, isWhole]);
  const layout = chosen ?? (isNarrow ? "inline" : "split");
  const hidden = stretches.reduce((sum, stretch) => sum + (stretch.hidden ? stretch.rows.length : 0), 0);
  const added = rows.filter(({ kind }) => kind === "added" || kind === "changed").length;
  const removed = rows.filter(({ kind }) => kind === "removed" || kind === "changed").length;
  return (
    <div>
      <div className={classes.diffBar}>
        <span className="numbers">
          <span className={classes.plus}>+{added}</span> <span className={classes.minus}>−{removed}</span>{" "}
          {added + removed === 0 ? "No differences." : "lines"}
        </span>
        <SegmentedControl
          size="xs"
          value={layout}
          onChange={(value) => setChosen(value as Layout)}
          aria-label={`How the change of ${label} is shown`}
          data={[
            { value: "split", label: "Side by side" },
            { value: "inline", label: "Inline" },
          ]}
        />
      </div>
      <Scrolled label={`${label}: before and after`}>
        <DiffTable stretches={stretches} layout={layout} />
      </Scrolled>
      {hidden > 0 && (
        <Button variant="default" size="compact-sm" onClick={() => setWhole(true)}>
          Show {count(hidden, "unchanged line")}
        </Button>
      )}
    </div>
  );
}
