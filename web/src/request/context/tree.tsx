/** The tree for deeply nested JSON. Closed branches are not rendered. */

import { Button } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";
import { visibleData } from "../../../../src/model/visible-text.ts";
import { count } from "../../shared/words.ts";
import classes from "./context.module.css";

const AT_A_TIME = 100;

export function Tree({ value, isOpen = true }: { value: object; isOpen?: boolean }) {
  const [shown, setShown] = useState(AT_A_TIME);
  const entries = Object.entries(value);
  return (
    <div className={classes.tree}>
      <ul>
        {entries.slice(0, shown).map(([key, child]) => (
          <li key={key}>
            <Branch name={key} value={child} isOpen={entries.length === 1 || (isOpen && entries.length <= 12)} />
          </li>
        ))}
      </ul>
      {entries.length > shown && (
        <Button variant="default" size="compact-sm" onClick={() => setShown(shown + AT_A_TIME * 5)}>
          Show more of {count(entries.length, "entry", "entries")}
        </Button>
      )}
    </div>
  );
}

function Branch({ name, value, isOpen }: { name: string; value: unknown; isOpen: boolean }) {
  const [open, setOpen] = useState(isOpen);
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    return (
      <>
        <span className={classes.key}>{visibleData(name)}:</span>{" "}
        <span className={classes.leaf} data-type={value === null ? "null" : typeof value}>
          {visibleData(JSON.stringify(value))}
        </span>
      </>
    );
  }
  const size = Object.keys(value).length;
  const toggled = (event: SyntheticEvent<HTMLDetailsElement>) => setOpen(event.currentTarget.open);
  return (
    <details open={open} onToggle={toggled}>
      <summary>
        <span className={classes.key}>{visibleData(name)}</span> <span aria-hidden="true">·</span>{" "}
        <span className={classes.size}>{Array.isArray(value) ? count(size, "item") : count(size, "field")}</span>
      </summary>
      {open && <Tree value={value} isOpen={false} />}
    </details>
  );
}
