/** The section for the content: title, description and context. */

import { Textarea, TextInput } from "@mantine/core";
import { ContextEditor } from "./context-editor.tsx";
import { type Form, idOf } from "./form.ts";
import { Section } from "./section.tsx";

export function WhatSection({ form }: { form: Form }) {
  const { draft, set } = form;
  return (
    <Section title="Request">
      <TextInput
        id={idOf("title")}
        label="Title"
        description="A question that can be answered with yes or no."
        placeholder="Deploy version 2.4.1 to production?"
        value={draft.title}
        onChange={(event) => set({ title: event.currentTarget.value })}
        onBlur={() => form.leave("title")}
        error={form.errorOf("title")}
        withAsterisk
        dir="auto"
      />
      <Textarea
        id={idOf("description")}
        label="Description"
        description="Markdown. Optional."
        value={draft.description}
        onChange={(event) => set({ description: event.currentTarget.value })}
        error={form.errorOf("description")}
        autosize
        minRows={3}
        maxRows={14}
        dir="auto"
      />
      <ContextEditor form={form} />
    </Section>
  );
}
