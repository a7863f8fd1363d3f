/** Maps errors of the server to messages with the names of the command's options. */

import { Failure, type Options } from "./command.ts";

interface Refusal {
  code: string;
  message: string;
  issues?: readonly { path: string; message: string }[];
}

/**
 * The failure for an error of the server. Its faults are named by their options.
 * @param options the table of the command
 */
export function refusal({ code, message, issues = [] }: Refusal, options: Options): Failure {
  const optionOf = new Map(Object.entries(options).map(([name, { field }]) => [field, `--${name}`]));
  const named = (text: string) => text.replaceAll(/\b[a-z]+[A-Z]\w*/g, (field) => optionOf.get(field) ?? field);
  const faults = issues.map(({ path, message: fault }) => {
    const option = optionOf.get(path.split(".")[0]);
    return `${option ?? path} ${named(fault)}`.trim();
  });
  return new Failure(faults.length > 0 ? faults.join("; ") : `${named(message)} (${code})`, 4);
}

/** The failure for an id that is unknown, or that the viewer may not see. */
export const unknownRequest = (id: string): Failure =>
  new Failure(`ID is ${JSON.stringify(id)}; there is no such request, or this token may not see it`, 4);
