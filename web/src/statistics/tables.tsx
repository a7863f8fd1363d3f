/** The tables for the charts. */

import { Table } from "@mantine/core";
import { ENDINGS, type Ending, type Row, timeTaken } from "./figures.ts";
import classes from "./statistics.module.css";

interface Props {
  caption: string;
  /** The heading of the first column. */
  of: string;
  rows: readonly Row[];
  /** Empty if the table shows only times. */
  endings: readonly Ending[];
  withTimes?: boolean;
}

export function FiguresTable({ caption, of, rows, endings, withTimes = false }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div role="group" className={classes.scroll} aria-label={caption} tabIndex={0}>
      <Table className={classes.table}>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{of}</th>
            {endings.length > 0 && <th scope="col">All</th>}
            {endings.map((ending) => (
              <th key={ending} scope="col">
                {ENDINGS[ending]}
              </th>
            ))}
            {withTimes && <th scope="col">Median time</th>}
            {withTimes && <th scope="col">95th percentile</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row">{row.label}</th>
              {endings.length > 0 && <td>{row.total.toLocaleString()}</td>}
              {endings.map((ending) => (
                <td key={ending}>{row[ending].toLocaleString()}</td>
              ))}
              {withTimes && <td>{timeTaken(row.median)}</td>}
              {withTimes && <td>{timeTaken(row.p95)}</td>}
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
