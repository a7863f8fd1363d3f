/** Search and filters above the list. */

import { Button, CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { type RefObject, useMemo, useState } from "react";
import { Icon } from "../shared/icons.tsx";
import { choicesOf, type Filters, isNarrowed, URGENCY_FILTERS } from "./filters.ts";
import classes from "./inbox.module.css";
import type { Row } from "./inbox-list.ts";

interface Props {
  rows: readonly Row[];
  filters: Filters;
  change(some: Partial<Filters>): void;
  clear(): void;
  searchRef: RefObject<HTMLInputElement | null>;
}

const URGENCIES = Object.entries(URGENCY_FILTERS).map(([value, label]) => ({ value, label }));

export function FilterBar({ rows, filters, change, clear, searchRef }: Props) {
  const workflows = useMemo(() => options("All workflows", rows, "workflowId"), [rows]);
  const requesters = useMemo(() => options("All requesters", rows, "requestedBy"), [rows]);
  const search = (words: string) => change({ search: words });
  // On a phone the filters are hidden behind a button.
  const [isOpen, setOpen] = useState(false);
  const hasChoice = isNarrowed({ ...filters, search: "" });
  return (
    <search className={classes.filters} data-open={isOpen || hasChoice || undefined}>
      <TextInput
        ref={searchRef}
        className={classes.search}
        type="search"
        aria-label="Search the inbox"
        placeholder="Search"
        leftSection={<Icon name="search" size={16} />}
        rightSection={filters.search !== "" && <CloseButton aria-label="Clear the search" onClick={() => search("")} />}
        value={filters.search}
        onChange={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          search("");
          event.currentTarget.blur();
        }}
      />
      <Button
        className={classes.more}
        variant="default"
        aria-expanded={isOpen || hasChoice}
        onClick={() => setOpen(!isOpen)}
        leftSection={<Icon name="settings" size={16} />}
      >
        Filter
      </Button>
      <NativeSelect
        className={classes.choice}
        aria-label="Workflow"
        data={withChosen(workflows, filters.workflow)}
        value={filters.workflow}
        onChange={(event) => change({ workflow: event.currentTarget.value })}
      />
      <NativeSelect
        className={classes.choice}
        aria-label="Requester"
        data={withChosen(requesters, filters.requester)}
        value={filters.requester}
        onChange={(event) => change({ requester: event.currentTarget.value })}
      />
      <NativeSelect
        className={classes.choice}
        aria-label="Time left"
        data={URGENCIES}
        value={filters.urgency}
        onChange={(event) => change({ urgency: event.currentTarget.value as Filters["urgency"] })}
      />
      {hasChoice && (
        <Button variant="subtle" color="gray" onClick={clear}>
          Clear
        </Button>
      )}
    </search>
  );
}

interface Option {
  value: string;
  label: string;
}

const options = (all: string, rows: readonly Row[], field: "workflowId" | "requestedBy"): Option[] => [
  { value: "", label: all },
  ...choicesOf(rows, field).map(({ value, n }) => ({ value, label: `${value} (${n.toLocaleString()})` })),
];

/** Adds the selected value if the list lacks it: an address may name a value that does not exist, or no longer. */
const withChosen = (known: Option[], chosen: string): Option[] =>
  known.some(({ value }) => value === chosen) ? known : [...known, { value: chosen, label: `${chosen} (0)` }];
