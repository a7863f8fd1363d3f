/** The input for several user ids or roles. */

import { TagsInput } from "@mantine/core";
import type { ReactNode } from "react";
import type { Field } from "./draft.ts";
import { type Form, idOf } from "./form.ts";

interface Props {
  form: Form;
  field: Field & ("people" | "roles" | "notifiedUsers" | "notifiedRoles" | "escalateTo");
  label: string;
  description?: ReactNode;
  of: "people" | "roles";
  required?: boolean;
}

export function NamesInput({ form, field, label, description, of, required = false }: Props) {
  const values = [...form.draft[field]];
  const example = of === "people" ? "ann@company.com" : "release-managers";
  return (
    <TagsInput
      id={idOf(field)}
      label={label}
      description={description}
      placeholder={values.length === 0 ? example : undefined}
      data={form.known[of].filter((name) => !values.includes(name))}
      value={values}
      onChange={(names) => form.set({ [field]: splitNames(names) })}
      onBlur={() => form.leave(field)}
      error={form.errorOf(field)}
      withAsterisk={required}
      splitChars={[",", ";"]}
      isDuplicate={(name, names) => names.includes(name.trim())}
      openOnFocus={false}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
    />
  );
}

/** Splits names at commas and semicolons: keyboards of phones report no key for them. */
const splitNames = (names: readonly string[]): string[] => {
  const all = names.flatMap((name) => name.split(/[,;]/)).map((name) => name.trim());
  return [...new Set(all)].filter((name) => name !== "");
};
