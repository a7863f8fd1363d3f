/** The fields that a request by hand seldom needs. */

import { Button, Checkbox, Paper, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { Icon } from "../shared/icons.tsx";
import type { Field } from "./draft.ts";
import { type Form, idOf } from "./form.ts";

type TextField = Field & ("requestedBy" | "callbackUrl" | "workflowId" | "jobId" | "executionId");
const FIELDS: readonly TextField[] = ["requestedBy", "callbackUrl", "workflowId", "jobId", "executionId"];

export function MoreSection({ form }: { form: Form }) {
  const { author, draft, set } = form;
  const [isOpen, setOpen] = useState(false);
  // The section opens if one of its fields has a fault.
  const isShown = isOpen || FIELDS.some((field) => form.errorOf(field) !== undefined);
  return (
    <Paper withBorder p="md">
      <Button
        variant="subtle"
        size="compact-sm"
        aria-expanded={isShown}
        aria-controls="new-more"
        leftSection={<Icon name={isShown ? "cross" : "plus"} size={14} />}
        onClick={() => setOpen(!isShown)}
      >
        More
      </Button>
      <div id="new-more">
        {isShown && (
          <Stack gap="md" mt="sm">
            {author.mayWeaken && (
              <>
                <MoreText
                  form={form}
                  field="requestedBy"
                  label="On behalf of"
                  description="Another user. Default: you."
                />
                <Checkbox
                  label="The requester may also decide"
                  checked={draft.allowSelfApproval}
                  onChange={(event) => set({ allowSelfApproval: event.currentTarget.checked })}
                />
              </>
            )}
            <MoreText
              form={form}
              field="callbackUrl"
              label="URL that receives the outcome"
              description="An http or https URL. Optional."
            />
            <MoreText form={form} field="workflowId" label="Workflow" description="People can filter by it." />
            <MoreText form={form} field="jobId" label="Job" />
            <MoreText
              form={form}
              field="executionId"
              label="Execution"
              description="Workflow, job and execution together identify one request."
            />
          </Stack>
        )}
      </div>
    </Paper>
  );
}

interface MoreTextProps {
  form: Form;
  field: TextField;
  label: string;
  description?: string;
}

const MoreText = ({ form, field, label, description }: MoreTextProps) => (
  <TextInput
    id={idOf(field)}
    label={label}
    description={description}
    value={form.draft[field]}
    onChange={(event) => form.set({ [field]: event.currentTarget.value })}
    onBlur={() => form.leave(field)}
    error={form.errorOf(field)}
    spellCheck={false}
    autoCapitalize="none"
  />
);
