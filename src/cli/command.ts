/**
 * What a command of `countersign` is. Its table of options is the one definition from which its arguments are read
 * (`arguments.ts`), `--help` is written (`help.ts`) and shells complete (`completion.ts`).
 */

export interface Option {
  /** What its value is called in `--help`; without it the option is a switch. */
  value?: string;
  /** One clause for `--help`, without `'` and `\`, which the shells quote each in their own way. */
  about: string;
  /** It may be given several times. */
  multiple?: true;
  /** It must be given. */
  required?: true;
  /** The values that it may have. */
  choices?: readonly string[];
  /** Its value is a file, or may be one behind an `@`. */
  file?: "plain" | "at";
  /** The field of a GraphQL input that it fills, by which the server names it. */
  field?: string;
}
export type Options = Readonly<Record<string, Option>>;

/** What was given: true or false of a switch, a list of what may come several times, else a text. */
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
  /** What it does, in sentences. */
  text: string;
  /** What its one operand is called, where it takes one; the values that it may have, where they are known. */
  operand?: { name: string; choices?: readonly string[] };
  /** What a second operand is called, which may be left out. */
  second?: string;
  /** What there is to know besides. */
  notes?: string;
  /** What each exit code says. */
  exits: string;
  /** The exit code of a failure; default 1. */
  failureCode?: number;
  /** Command lines. */
  examples?: readonly string[];
}

export interface Definition<O extends Options> extends Described {
  options: O;
  /** @returns the exit code; nothing for 0 */
  run(values: Values<O>, operand: string, second?: string): Promise<number | undefined>;
}

export interface Command extends Described {
  options: Options;
  /** The commands of a group, `runs cancel` for example, whose names begin with that of the group. */
  commands?: readonly Command[];
  run(values: Record<string, unknown>, operand: string, second?: string): Promise<number | undefined>;
}

/** A command whose `run` gets what its table of options says. */
export const command = <const O extends Options>(definition: Definition<O>): Command =>
  definition as unknown as Command;

/** A command that only groups others: `countersign runs …`. */
export const group = ({
  name,
  about,
  text,
  commands,
}: Pick<Command, "name" | "about" | "text"> & { commands: readonly Command[] }): Command => ({
  ...{ name, about, text, commands, options: {} },
  exits: "that of the command; 4 for an unknown one.",
  failureCode: 4,
  async run(_values, operand) {
    throw new Failure(
      `${operand === "" ? `no command of ${name}` : `unknown: ${name} ${operand}`}; see countersign ${name} --help`,
      4,
    );
  },
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
