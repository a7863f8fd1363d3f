/** The editor for the context: rows of names and values, or JSON that is validated while the user types. */

import { ActionIcon, Button, Fieldset, Group, SegmentedControl, Text, Textarea, TextInput } from "@mantine/core";
import { Icon } from "../shared/icons.tsx";
import { type ContextDraft, contextOf, type Row, writtenAs } from "./context.ts";
import { type Form, idOf } from "./form.ts";
import classes from "./new-request.module.css";

export function ContextEditor({ form }: { form: Form }) {
  const { context } = form.draft;
  const set = (change: Partial<ContextDraft>) => form.set({ context: { ...context, ...change } });
  const error = form.errorOf("context");
  const otherFormat = context.as === "rows" ? "json" : "rows";
  const otherwise = writtenAs(context, otherFormat);
  return (
    <Fieldset legend="Context" variant="unstyled" className={classes.context} classNames={{ legend: classes.legend }}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Text size="xs" c="dimmed">
          What people need to know to decide: a version, an amount, a link.
        </Text>
        <SegmentedControl
          size="xs"
          aria-label="Format of the context"
          value={context.as}
          onChange={() => otherwise !== null && form.set({ context: otherwise })}
          data={[
            { value: "rows", label: "Names and values", disabled: otherFormat === "rows" && otherwise === null },
            { value: "json", label: "JSON", disabled: otherFormat === "json" && otherwise === null },
          ]}
        />
      </Group>
      <div id={idOf("context")}>
        {context.as === "rows" ? (
          <Rows rows={context.rows} onChange={(rows) => set({ rows })} error={error} />
        ) : (
          <Json json={context.json} onChange={(json) => set({ json })} error={error} context={context} />
        )}
      </div>
    </Fieldset>
  );
}

interface RowsProps {
  rows: readonly Row[];
  onChange(rows: readonly Row[]): void;
  error: string | undefined;
}

function Rows({ rows, onChange, error }: RowsProps) {
  const change = (id: number, part: Partial<Row>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  const add = () => onChange([...rows, { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, name: "", value: "" }]);
  return (
    <>
      {rows.length > 0 && (
        <div className={classes.row} aria-hidden="true">
          <Text size="xs">Name</Text>
          <Text size="xs">Value</Text>
        </div>
      )}
      {rows.map(({ id, name, value }, index) => (
        <div key={id} className={classes.row}>
          <TextInput
            aria-label={`Name ${index + 1}`}
            placeholder="version"
            value={name}
            onChange={(event) => change(id, { name: event.currentTarget.value })}
            error={error !== undefined}
            aria-describedby={error === undefined ? undefined : "context-error"}
          />
          <TextInput
            aria-label={`Value ${index + 1}`}
            placeholder="2.4.1"
            value={value}
            onChange={(event) => change(id, { value: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove ${name.trim() === "" ? `row ${index + 1}` : name}`}
            onClick={() => onChange(rows.filter((row) => row.id !== id))}
          >
            <Icon name="cross" size={16} />
          </ActionIcon>
        </div>
      ))}
      {error !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)" id="context-error" mb="xs">
          {error}
        </Text>
      )}
      <Button variant="default" size="xs" leftSection={<Icon name="plus" size={14} />} onClick={add}>
        Add a row
      </Button>
    </>
  );
}

interface JsonProps {
  json: string;
  onChange(json: string): void;
  error: string | undefined;
  context: ContextDraft;
}

function Json({ json, onChange, error, context }: JsonProps) {
  const found = contextOf(context);
  const tidy = "value" in found && json.trim() !== "" ? JSON.stringify(found.value, null, 2) : json;
  return (
    <>
      <Textarea
        aria-label="Context as JSON"
        classNames={{ input: classes.code }}
        placeholder={'{ "version": "2.4.1" }'}
        value={json}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
        autosize
        minRows={5}
        maxRows={20}
        spellCheck={false}
        dir="ltr"
      />
      <Button variant="default" size="xs" mt="xs" disabled={tidy === json} onClick={() => onChange(tidy)}>
        Format
      </Button>
    </>
  );
}
