/** The table of compared lines. Signs and texts, not only colours, show additions and removals. */

import { Fragment, type ReactNode } from "react";
import { count } from "../../shared/words.ts";
import classes from "./context.module.css";
import type { DiffRow, Part, Stretch } from "./diff-rows.ts";

export type Layout = "split" | "inline";
type Side = DiffRow["left"];

export function DiffTable({ stretches, layout }: { stretches: readonly Stretch[]; layout: Layout }) {
  return (
    <table className={classes.diff} data-layout={layout}>
      <colgroup>
        {layout === "split" ? (
          <>
            <col className={classes.lineColumn} />
            <col />
            <col className={classes.lineColumn} />
            <col />
          </>
        ) : null}
      </colgroup>
      <thead className={layout === "split" ? undefined : "unseen"}>
        <tr>
          {layout === "split" ? (
            <>
              <th scope="col" colSpan={2}>
                Before
              </th>
              <th scope="col" colSpan={2}>
                After
              </th>
            </>
          ) : (
            <>
              <th scope="col">Line before</th>
              <th scope="col">Line after</th>
              <th scope="col">Text</th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {stretches.map((stretch, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: stretches have no identity and do not move
          <Fragment key={index}>
            {stretch.hidden ? (
              <tr className={classes.skipped}>
                <td colSpan={4}>{count(stretch.rows.length, "unchanged line")}</td>
              </tr>
            ) : (
              stretch.rows.map((row) => <Row key={`${row.left?.line}:${row.right?.line}`} row={row} layout={layout} />)
            )}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, layout }: { row: DiffRow; layout: Layout }) {
  const { kind, left, right } = row;
  if (layout === "split") {
    const isSame = kind === "same";
    return (
      <tr>
        <Half side={left} tone={isSame ? undefined : "removed"} />
        <Half side={right} tone={isSame ? undefined : "added"} />
      </tr>
    );
  }
  if (kind === "same") return <Single left={left} right={right} />;
  return (
    <>
      {left !== null && <Single left={left} right={null} tone="removed" />}
      {right !== null && <Single left={null} right={right} tone="added" />}
    </>
  );
}

type Tone = "removed" | "added" | undefined;

function Half({ side, tone }: { side: Side; tone: Tone }) {
  if (side === null) return <td colSpan={2} className={classes.absent} />;
  return (
    <>
      <td className={classes.line}>{side.line}</td>
      <Line tone={tone}>
        <Parts parts={side.parts} />
      </Line>
    </>
  );
}

function Single({ left, right, tone }: { left: Side; right: Side; tone?: Tone }) {
  return (
    <tr>
      <td className={classes.line}>{left?.line}</td>
      <td className={classes.line}>{right?.line}</td>
      <Line tone={tone}>
        <Parts parts={(right ?? left)?.parts ?? []} />
      </Line>
    </tr>
  );
}

function Line({ tone, children }: { tone: Tone; children: ReactNode }) {
  const text = tone === "removed" ? <del>{children}</del> : tone === "added" ? <ins>{children}</ins> : children;
  return (
    <td className={classes.text} data-tone={tone}>
      {text}
    </td>
  );
}

export const Parts = ({ parts }: { parts: readonly Part[] }) =>
  parts.map(({ text, changed }, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity and do not move
    changed ? <mark key={index}>{text}</mark> : <Fragment key={index}>{text}</Fragment>,
  );
