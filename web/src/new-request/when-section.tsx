/** The section for the expiry: when, what happens then, and reminders. */

import { Checkbox, NativeSelect, NumberInput, Radio, Stack, TextInput } from "@mantine/core";
import type { TimeoutAction } from "../generated/graphql.ts";
import { type Form, idOf } from "./form.ts";
import { NamesInput } from "./names-input.tsx";
import classes from "./new-request.module.css";
import { Section } from "./section.tsx";
import { proposedEnd, type Span, toField, UNITS, type Unit, type Until } from "./until.ts";

export function WhenSection({ form, now }: { form: Form; now: Date }) {
  const { draft, author, set } = form;
  return (
    <Section title="Expiry">
      <End form={form} now={now} />
      <Radio.Group
        id={idOf("timeoutAction")}
        label="If nobody has decided by then"
        value={draft.timeoutAction}
        onChange={(value) => set({ timeoutAction: value as TimeoutAction })}
        error={form.errorOf("timeoutAction")}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="REJECT" label="It is rejected" />
          <Radio value="ESCALATE" label="It is escalated to others, with the same time again" />
          {author.mayWeaken && <Radio value="APPROVE" label="It is approved automatically" />}
        </Stack>
      </Radio.Group>
      <NamesInput
        form={form}
        field="escalateTo"
        of="people"
        label="Escalate to"
        description="They may also decide once it is escalated, on expiry or manually."
        required={draft.timeoutAction === "ESCALATE"}
      />
      <Checkbox
        label="Remind people who have not decided"
        checked={draft.reminder !== null}
        onChange={(event) => set({ reminder: event.currentTarget.checked ? { amount: 1, unit: "hours" } : null })}
      />
      {draft.reminder !== null && (
        <SpanInput
          id={idOf("reminder")}
          label="How long before expiry"
          span={draft.reminder}
          error={form.errorOf("reminder")}
          onChange={(reminder) => set({ reminder })}
          onLeave={() => form.leave("reminder")}
        />
      )}
    </Section>
  );
}

function End({ form, now }: { form: Form; now: Date }) {
  const { until } = form.draft;
  const set = (change: Partial<Until>) => form.set({ until: { ...until, ...change } });
  const error = form.errorOf("until");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <Radio.Group
        label="Expires"
        value={until.by}
        onChange={(by) => set({ by: by as Until["by"], ...(until.at === "" && { at: proposedEnd(now) }) })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="span" label="After a period" />
          <Radio value="instant" label="On a date and time" />
        </Stack>
      </Radio.Group>
      {until.by === "span" ? (
        <SpanInput
          id={idOf("until")}
          label="How long"
          span={until.span}
          error={error}
          onChange={(span) => set({ span })}
          onLeave={() => form.leave("until")}
        />
      ) : (
        <TextInput
          id={idOf("until")}
          type="datetime-local"
          label="Date and time"
          description={`In your time zone, ${zone}.`}
          value={until.at}
          min={toField(now)}
          onChange={(event) => set({ at: event.currentTarget.value })}
          onBlur={() => form.leave("until")}
          error={error}
          maw={280}
        />
      )}
    </>
  );
}

interface SpanInputProps {
  id: string;
  label: string;
  span: Span;
  error: string | undefined;
  onChange(span: Span): void;
  onLeave(): void;
}

const SpanInput = ({ id, label, span, error, onChange, onLeave }: SpanInputProps) => (
  <div className={classes.span}>
    <NumberInput
      id={id}
      label={label}
      value={span.amount}
      onChange={(value) => onChange({ ...span, amount: typeof value === "number" ? value : "" })}
      onBlur={onLeave}
      error={error}
      min={0}
      allowNegative={false}
    />
    <NativeSelect
      label="Unit"
      value={span.unit}
      onChange={(event) => onChange({ ...span, unit: event.currentTarget.value as Unit })}
      data={[...UNITS]}
    />
  </div>
);
