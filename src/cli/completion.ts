/** `countersign completion bash|zsh|fish`: generates completion scripts from the tables of the commands. */

import { type Command, command, GLOBAL_OPTIONS, type Option, wordOf } from "./command.ts";

const globals = Object.keys(GLOBAL_OPTIONS).map((name) => `--${name}`);

type Write = (commands: readonly Command[]) => string;

/** Every command; the commands of a group follow their group. */
const everyOf = (commands: readonly Command[]): readonly Command[] =>
  commands.flatMap((known) => [known, ...(known.commands ?? [])]);
const groupsOf = (commands: readonly Command[]) =>
  commands.flatMap(({ name, commands: members }) => (members === undefined ? [] : [{ name, members }]));

const optionsOf = ({ options }: Command): [string, Option][] => [
  ...Object.entries(options),
  ["help", { about: "show the help of a command" }],
];
/** The first clause of a description. The rest would be too long for a list. */
const short = (about: string): string => about.split(/[;:.]/)[0] as string;

/** The bash code that completes the value of an option; `:` if there is nothing to offer. */
function bashValue({ choices, file }: Option): string {
  if (choices !== undefined) return `_countersign_words '${choices.join(" ")}'`;
  return file === "plain" ? "_countersign_files" : file === "at" ? "_countersign_at_file" : ":";
}

const bash: Write = (commands) => {
  const every = everyOf(commands);
  const groups = groupsOf(commands).map(
    ({ name, members }) => `    ${name})
      if [ "$COMP_CWORD" -lt 3 ]; then
        _countersign_words '${members.map(wordOf).join(" ")} --help'
        return
      fi
      command="$command \${COMP_WORDS[2]}" ;;`,
  );
  const values = every.flatMap((known) =>
    optionsOf(known)
      .filter(([, { value }]) => value !== undefined)
      .map(([name, option]) => `    '${known.name} --${name}') ${bashValue(option)}; return ;;`),
  );
  const lists = every.map((known) => {
    const names = optionsOf(known).map(([name]) => `--${name}`);
    return `    '${known.name}') _countersign_words '${[...(known.operand?.choices ?? []), ...names].join(" ")}' ;;`;
  });
  return `# Completion of countersign for bash: source <(countersign completion bash)
_countersign_words() {
  local IFS=' ' found
  found=$(compgen -W "$1" -- "$cur")
  IFS=$'\\n'
  COMPREPLY=($found)
}
_countersign_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$cur"))
}
_countersign_at_file() {
  local IFS=$'\\n'
  case $cur in @*) COMPREPLY=($(compgen -P @ -f -- "\${cur#@}")) ;; esac
  if [ "$at" = 1 ]; then _countersign_files; fi
}
_countersign() {
  local cur=\${COMP_WORDS[COMP_CWORD]} last=$((COMP_CWORD - 1)) at=0 command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -lt 2 ]; then
    _countersign_words '${[...commands.map(({ name }) => name), ...globals].join(" ")}'
    return
  fi
  case $command in
${groups.join("\n")}
  esac
  # Readline takes = and @ for words of their own.
  if [ "$cur" = = ]; then cur=; fi
  if [ "$cur" = @ ]; then cur=; at=1; fi
  if [ "\${COMP_WORDS[last]}" = @ ]; then at=1; last=$((last - 1)); fi
  if [ "\${COMP_WORDS[last]}" = = ]; then last=$((last - 1)); fi
  case "$command \${COMP_WORDS[last]}" in
${values.join("\n")}
  esac
  case $command in
${lists.join("\n")}
  esac
}
complete -F _countersign countersign`;
};

const zshText = (text: string) => short(text).replaceAll(/[[\]:]/g, "\\$&");

const described = (commands: readonly Command[]): string =>
  commands.map((known) => `'${wordOf(known)}:${zshText(known.about)}'`).join(" ");

const zsh: Write = (commands) => {
  const groups = groupsOf(commands).map(
    ({ name, members }) => `    ${name})
      if (( CURRENT == 2 )); then
        commands=(${described(members)})
        _describe command commands
        return
      fi
      shift words
      (( CURRENT-- ))
      command="$command $words[1]"
      ;;`,
  );
  const cases = everyOf(commands).map((known) => {
    const specs = optionsOf(known).map(([name, { value, about, multiple, choices, file }]) => {
      const action =
        choices !== undefined
          ? `(${choices.join(" ")})`
          : file === "plain"
            ? "_files"
            : file
              ? "_countersign_at_file"
              : "";
      const rest = value === undefined ? "" : `:${value}:${action}`;
      return `        '${multiple ? "*" : ""}--${name}${value === undefined ? "" : "="}[${zshText(about)}]${rest}'`;
    });
    const { operand, second } = known;
    const more = second === undefined ? [] : [`        '2::${second}:'`];
    const first =
      operand === undefined
        ? []
        : [`        '1:${operand.name}:${operand.choices ? `(${operand.choices.join(" ")})` : ""}'`];
    const pattern = known.name.includes(" ") ? `'${known.name}'` : known.name;
    return `    ${pattern})\n      _arguments \\\n${[...first, ...more, ...specs].join(" \\\n")}\n      ;;`;
  });
  return `#compdef countersign
# Completion of countersign for zsh: source <(countersign completion zsh), or _countersign in a folder of fpath
_countersign_at_file() {
  if compset -P @; then _files; fi
}
_countersign() {
  local -a commands options
  local command
  commands=(
${commands.map(({ name, about }) => `    '${name}:${zshText(about)}'`).join("\n")}
  )
  options=(
${Object.entries(GLOBAL_OPTIONS)
  .map(([name, { about }]) => `    '--${name}:${zshText(about)}'`)
  .join("\n")}
  )
  if (( CURRENT == 2 )); then
    if [[ $words[2] == -* ]]; then _describe -o option options; else _describe command commands; fi
    return
  fi
  shift words
  (( CURRENT-- ))
  command=$words[1]
  case $command in
${groups.join("\n")}
  esac
  case $command in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = _countersign ]; then _countersign "$@"; else compdef _countersign countersign; fi`;
};

const fish: Write = (commands) => {
  const names = commands.map(({ name }) => name).join(" ");
  const groups = groupsOf(commands).map(({ name }) => name);
  const lines = everyOf(commands).flatMap((known) => {
    const [first = "", second] = known.name.split(" ");
    const notGrouped =
      groups.length === 0 || groups.includes(first) ? "" : `not __fish_seen_subcommand_from ${groups.join(" ")}; and `;
    const seen = (word: string) => `__fish_seen_subcommand_from ${word}`;
    const when = `-n '${second === undefined ? notGrouped : `${seen(first)}; and `}${seen(second ?? first)}'`;
    const members = groupsOf(commands).find(({ name }) => name === first)?.members ?? [];
    const before =
      second === undefined ? `not ${seen(names)}` : `${seen(first)}; and not ${seen(members.map(wordOf).join(" "))}`;
    return [
      `complete -c countersign -n '${before}' -a ${second ?? first} -d '${short(known.about)}'`,
      ...(known.operand?.choices ? [`complete -c countersign ${when} -a '${known.operand.choices.join(" ")}'`] : []),
      ...optionsOf(known).map(([name, { value, about, choices, file }]) => {
        const kind = value === undefined ? "" : file === undefined ? " -x" : " -r -F";
        const words = choices === undefined ? "" : ` -a '${choices.join(" ")}'`;
        return `complete -c countersign ${when} -l ${name}${kind}${words} -d '${short(about)}'`;
      }),
    ];
  });
  return [
    "# Completion of countersign for fish: countersign completion fish | source",
    "complete -c countersign -f",
    ...Object.entries(GLOBAL_OPTIONS).map(
      ([name, { about }]) =>
        `complete -c countersign -n 'not __fish_seen_subcommand_from ${names}' -l ${name} -d '${short(about)}'`,
    ),
    ...lines,
  ].join("\n");
};

const SHELLS = { bash, zsh, fish } as const;

/** @param commands all commands, including this one */
export const completionCommand = (commands: () => readonly Command[]): Command =>
  command({
    name: "completion",
    about: "print a script that completes commands and options in a shell",
    text: "Prints a completion script. The first comment in it shows how to load it.",
    operand: { name: "SHELL", choices: Object.keys(SHELLS) },
    options: {},
    exits: "0, or 4 for an unknown shell.",
    failureCode: 4,
    examples: ["countersign completion bash > ~/.local/share/bash-completion/completions/countersign"],
    async run(_values, shell) {
      console.log(SHELLS[shell as keyof typeof SHELLS](commands()));
      return 0;
    },
  });
