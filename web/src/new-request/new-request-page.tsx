/** The form for requests by hand. It explains in sentences what will happen, while the user types. */

import { Alert, Button, Paper, Text, Title } from "@mantine/core";
import type { FormEvent } from "react";
import { Page } from "../shared/page.tsx";
import { MoreSection } from "./more-section.tsx";
import classes from "./new-request.module.css";
import { policyOf } from "./policy-words.ts";
import { type RequestForm, useRequestForm } from "./use-form.ts";
import { WhatSection } from "./what-section.tsx";
import { WhenSection } from "./when-section.tsx";
import { WhoSection } from "./who-section.tsx";

export default function NewRequestPage() {
  const form = useRequestForm();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void form.send();
  };
  return (
    <Page
      title="New request"
      lead="Ask people for approval. They are notified, and you are notified of their decision."
    >
      <form className={classes.form} onSubmit={submit} noValidate>
        <div className={classes.sections}>
          <WhatSection form={form} />
          <WhoSection form={form} />
          <WhenSection form={form} now={form.now} />
          <MoreSection form={form} />
        </div>
        <End form={form} />
      </form>
    </Page>
  );
}

/** The summary of the request, and the button that sends it. */
function End({ form }: { form: RequestForm }) {
  const { main, details } = policyOf(form.draft, form.author, form.now);
  return (
    <Paper component="section" withBorder p="md" className={classes.end} aria-label="What will happen">
      <Title order={2} size="h4" mb="xs">
        What will happen
      </Title>
      <Text role="status" fw={600} mb="xs">
        {main}
      </Text>
      <ul className={classes.details}>
        {details.map((detail) => (
          <li key={detail}>{detail}</li>
        ))}
      </ul>
      <div role="alert">
        {form.failures.length > 0 && (
          <Alert color="red" title="Your request was not sent" mt="md">
            {form.failures.join(" ")}
          </Alert>
        )}
        {form.hasProblems && (
          <Text size="sm" c="var(--bad)" mt="md">
            Some fields are missing or not valid. See the messages at the fields.
          </Text>
        )}
      </div>
      <Button type="submit" fullWidth mt="md" loading={form.isSending}>
        Ask for approval
      </Button>
    </Paper>
  );
}
