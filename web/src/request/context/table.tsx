/** The table for a list of records. */

import { Button } from "@mantine/core";
import { useState } from "react";
import { Scrolled } from "../../shared/scrolled.tsx";
import { count } from "../../shared/words.ts";
import classes from "./context.module.css";
import { type JsonRecord, labelOf } from "./shape.ts";
import { Value } from "./value.tsx";

const FIRST_ROWS = 10;
const MORE_ROWS = 200;

interface Props {
  columns: readonly string[];
  rows: readonly JsonRecord[];
  label: string;
}

export function RecordTable({ columns, rows, label }: Props) {
  const [most, setMost] = useState(FIRST_ROWS);
  // One or two rows are shown without a button.
  const shown = rows.length <= most + 2 ? rows : rows.slice(0, most);
  const isNumeric = (column: string) =>
    rows.every((row) => row[column] === undefined || typeof row[column] === "number");
  const kinds = new Map(columns.map((column) => [column, isNumeric(column) ? "number" : undefined]));
  return (
    <>
      <Scrolled label={label}>
        <table className={classes.table}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col" data-kind={kinds.get(column)} title={column}>
                  {labelOf(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity and do not move
              <tr key={index}>
                {columns.map((column) => (
                  <td key={column} data-kind={kinds.get(column)}>
                    {row[column] === undefined ? null : <Value value={row[column]} name={column} level={3} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
      {shown.length < rows.length && (
        <Button variant="default" size="compact-sm" onClick={() => setMost(most + MORE_ROWS)}>
          {rows.length <= most + MORE_ROWS
            ? `Show all ${count(rows.length, "row")}`
            : `Show more of ${count(rows.length, "row")}`}
        </Button>
      )}
    </>
  );
}
