/** The filters above the list. */

import { Autocomplete, Button, Chip, Group, NativeSelect, Text, TextInput } from "@mantine/core";
import { type RefObject, useId, useState } from "react";
import type { ApprovalStatus } from "../generated/graphql.ts";
import { Icon } from "../shared/icons.tsx";
import { PeriodSelect } from "../shared/period-select.tsx";
import { STATUS_WORDS } from "../shared/words.ts";
import { type Filters, isNarrowed, isShortSearch, ROLES, type Role, STATUSES } from "./filters.ts";
import classes from "./history.module.css";
import { useDraft } from "./use-draft.ts";

interface Props {
  filters: Filters;
  change(some: Partial<Filters>): void;
  clear(): void;
  workflows: readonly string[];
  people: readonly string[];
  searchRef: RefObject<HTMLInputElement | null>;
}

const ROLE_CHOICES = Object.entries(ROLES).map(([value, label]) => ({ value, label }));
const MAX_NAMES = 8;
/** The server's limit for the search text. */
const MAX_SEARCH_LENGTH = 300;

export function FilterBar({ filters, change, clear, workflows, people, searchRef }: Props) {
  const statusLabel = useId();
  // On a phone all filters but the text are hidden behind a button.
  const [isOpen, setOpen] = useState(false);
  const narrowed = isNarrowed(filters);
  const [search, setSearch] = useDraft(filters.search, (value) => change({ search: value }));
  const [workflow, setWorkflow] = useDraft(filters.workflow, (value) => change({ workflow: value }));
  const [person, setPerson] = useDraft(filters.person, (value) => change({ person: value }));
  return (
    <search className={classes.filters} data-open={isOpen || undefined}>
      <div className={classes.fields}>
        <TextInput
          ref={searchRef}
          className={classes.search}
          type="search"
          label="Text"
          placeholder="Title or description"
          maxLength={MAX_SEARCH_LENGTH}
          leftSection={<Icon name="search" size={16} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Button
          className={classes.toggle}
          variant="default"
          aria-expanded={isOpen}
          onClick={() => setOpen((open) => !open)}
        >
          {narrowed ? "Filters (on)" : "Filters"}
        </Button>
        <div className={classes.rest}>
          <Autocomplete
            className={classes.field}
            label="Workflow"
            placeholder="Any"
            data={[...workflows]}
            limit={MAX_NAMES}
            value={workflow}
            onChange={setWorkflow}
          />
          <div className={classes.person}>
            <NativeSelect
              label="Person"
              data={ROLE_CHOICES}
              value={filters.role}
              onChange={(event) => change({ role: event.currentTarget.value as Role })}
            />
            <Autocomplete
              aria-label="Name"
              placeholder="Anyone"
              data={[...people]}
              limit={MAX_NAMES}
              value={person}
              onChange={setPerson}
            />
          </div>
          <PeriodSelect label="Created" period={filters.period} change={(period) => change({ period })} />
        </div>
      </div>
      <div className={classes.rest}>
        <Group gap="xs" role="group" aria-labelledby={statusLabel}>
          <span id={statusLabel} className="unseen">
            Status
          </span>
          <Chip.Group
            multiple
            value={[...filters.statuses]}
            onChange={(values) => change({ statuses: values as ApprovalStatus[] })}
          >
            {STATUSES.map((status) => (
              <Chip key={status} value={status} size="sm" variant="outline">
                {STATUS_WORDS[status]}
              </Chip>
            ))}
          </Chip.Group>
          {narrowed && (
            <Button variant="subtle" size="compact-sm" onClick={clear}>
              Clear filters
            </Button>
          )}
        </Group>
      </div>
      {isShortSearch(filters.search) && (
        <Text size="sm" c="dimmed">
          Short texts are searched only in the newest 1,000 requests.
        </Text>
      )}
    </search>
  );
}
