/**
 * The definition of a command of `countersign`. Its arguments are parsed from its table of options
 * (`arguments.ts`); the text of `--help` (`help.ts`) and the completion (`completion.ts`) are generated from it.
 */

export interface Option {
  /** The name of its value in `--help`. Without it the option is a switch. */
  value?: string;
  /** One clause for `--help`, without `'` and `\`, which the shells quote each in their own way. */
  about: string;
  /** The option may be repeated. */
  multiple?: true;
  /** The option is required. */
  required?: true;
  /** The allowed values. */
  choices?: readonly string[];
  /** The value is a file, or a file after an `@`. */
  file?: "plain" | "at";
  /** The field of the GraphQL input that it sets. Errors of the server name this field. */
  field?: string;
}
export type Options = Readonly<Record<string, Option>>;

/** The options that need no command, with their short names. `--help` is also an option of every command. */
export const GLOBAL_OPTIONS = {
  help: { short: "-h", about: "show this help, or the help of a command" },
  version: { short: "-v", about: "show the version" },
} as const;

/** The value of an option: a boolean for a switch, a list if it may be repeated, otherwise a text. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends { value: string }
    ? O[Name] extends { multiple: true }
      ? string[]
      : O[Name] extends { required: true }
        ? string
        : string | undefined
    : boolean;
};

interface Described {
  name: string;
  /** One line for the list of commands. */
  about: string;
  /** A description, in sentences. */
  text: string;
  /** The name of its operand, if it takes one, and the allowed values, if they are known. */
  operand?: { name: string; choices?: readonly string[] };
  /** The name of a second, optional operand. */
  second?: string;
  /** Further notes. */
  notes?: string;
  /** The meaning of each exit code. */
  exits: string;
  /** The exit code of a failure; default 1. */
  failureCode?: number;
  /** Command lines. */
  examples: readonly string[];
}

export interface Definition<O extends Options> extends Described {
  options: O;
  /** @returns the exit code; nothing for 0 */
  run(values: Values<O>, operand: string, second?: string): Promise<number | undefined>;
}

/** A command that runs. */
export interface Leaf extends Described {
  options: Options;
  commands?: undefined;
  run(values: Record<string, unknown>, operand: string, second?: string): Promise<number | undefined>;
}

/** A command that only groups others, whose names begin with its own: `runs` of `runs cancel`. */
export interface Group extends Described {
  options: Readonly<Record<string, never>>;
  commands: readonly Leaf[];
}

export type Command = Leaf | Group;

/** A command whose `run` gets the values of its table of options. */
export const command = <const O extends Options>(definition: Definition<O>): Leaf => definition as unknown as Leaf;

/** A command that only groups others: `countersign runs …`. */
export const group = (definition: Pick<Group, "name" | "about" | "text" | "examples" | "commands">): Group => ({
  ...definition,
  options: {},
  exits: "that of the command; 4 for an unknown one.",
  failureCode: 4,
});

/** The last word of a command's name. */
export const wordOf = ({ name }: Pick<Command, "name">): string => name.slice(name.lastIndexOf(" ") + 1);

/** A failure with an exit code of its own. */
export class Failure extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
