/** The sections for approvers and notifications. */

import { Checkbox, Group, NumberInput, Text } from "@mantine/core";
import type { NotificationChannel } from "../generated/graphql.ts";
import { CHANNEL_WORDS } from "../shared/words.ts";
import { decidersOf, rolesDecide } from "./draft.ts";
import { type Form, idOf } from "./form.ts";
import { NamesInput } from "./names-input.tsx";
import { Section } from "./section.tsx";

const CHANNELS: readonly NotificationChannel[] = ["IN_APP", "EMAIL", "SLACK", "WEBHOOK"];

export function WhoSection({ form }: { form: Form }) {
  return (
    <>
      <Section title="Who decides">
        <NamesInput
          form={form}
          field="people"
          of="people"
          label="People"
          description="Use the names they sign in with. Press Enter or comma after each."
          required={!rolesDecide(form.draft)}
        />
        <NamesInput
          form={form}
          field="roles"
          of="roles"
          label="Roles"
          description="Everyone with one of these roles may decide."
        />
        <HowMany form={form} />
      </Section>
      <Section title="Notify by">
        <Channels form={form} />
        {rolesDecide(form.draft) ? (
          <Text size="sm" c="dimmed">
            If a role decides, everyone who is notified may also decide.
          </Text>
        ) : (
          <>
            <NamesInput
              form={form}
              field="notifiedUsers"
              of="people"
              label="People to notify"
              description="They see the request, but cannot decide."
            />
            <NamesInput form={form} field="notifiedRoles" of="roles" label="Roles to notify" />
          </>
        )}
      </Section>
    </>
  );
}

function HowMany({ form }: { form: Form }) {
  const { draft, author, set } = form;
  const byRole = rolesDecide(draft);
  const isAll = draft.needsAll && !byRole;
  const most = decidersOf(draft, author).length;
  return (
    <Group gap="md" align="flex-end">
      <NumberInput
        id={idOf("minimum")}
        label="Approvals needed"
        value={isAll ? Math.max(1, most) : draft.minimum}
        onChange={(value) => set({ minimum: typeof value === "number" ? value : "" })}
        onBlur={() => form.leave("minimum")}
        error={form.errorOf("minimum")}
        disabled={isAll}
        min={1}
        max={1_000}
        allowDecimal={false}
        allowNegative={false}
        w={160}
      />
      <Checkbox
        label="All of them"
        description={byRole ? "The number of people with a role is not known." : undefined}
        checked={isAll}
        disabled={byRole}
        onChange={(event) => set({ needsAll: event.currentTarget.checked })}
        pb={byRole ? 0 : 8}
      />
    </Group>
  );
}

function Channels({ form }: { form: Form }) {
  const { draft, set } = form;
  return (
    <Checkbox.Group
      id={idOf("channels")}
      label="Channels"
      description="People can mute channels in their preferences. A webhook notifies a program."
      value={[...draft.channels]}
      onChange={(channels) => set({ channels: CHANNELS.filter((channel) => channels.includes(channel)) })}
      error={form.errorOf("channels")}
    >
      <Group gap="md" mt="xs">
        {CHANNELS.map((channel) => (
          <Checkbox key={channel} value={channel} label={CHANNEL_WORDS[channel]} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}
