/** The form fields for a workflow's input. */

import { Checkbox, NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { Draft, InputField } from "./schema-form.ts";
import classes from "./start-run.module.css";

interface FieldsProps {
  fields: readonly InputField[];
  draft: Draft;
  faults: Readonly<Record<string, string>>;
  onChange(name: string, text: string): void;
}

export function InputFields({ fields, draft, faults, onChange }: FieldsProps) {
  return (
    <>
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          text={draft[field.name] ?? ""}
          fault={faults[field.name]}
          onChange={(text) => onChange(field.name, text)}
        />
      ))}
    </>
  );
}

interface FieldProps {
  field: InputField;
  text: string;
  fault: string | undefined;
  onChange(text: string): void;
}

function Field({ field, text, fault, onChange }: FieldProps) {
  const { label, description, isRequired, kind, choices } = field;
  const common = { label, description: description ?? undefined, error: fault };
  if (kind === "yes-no") {
    return (
      <Checkbox
        {...common}
        checked={text !== ""}
        onChange={(event) => onChange(event.currentTarget.checked ? "true" : "")}
      />
    );
  }
  if (kind === "choice") {
    return (
      <NativeSelect
        {...common}
        withAsterisk={isRequired}
        data={["", ...Object.keys(choices)]}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (kind === "json") {
    return (
      <Textarea
        {...common}
        description={description ?? "JSON"}
        withAsterisk={isRequired}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
        autosize
        minRows={2}
        maxRows={12}
        classNames={{ input: classes.code ?? "" }}
        spellCheck={false}
      />
    );
  }
  return (
    <TextInput
      {...common}
      withAsterisk={isRequired}
      inputMode={kind === "number" ? "decimal" : undefined}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
      dir="auto"
    />
  );
}
