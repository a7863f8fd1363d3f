/** Renders messages from Liquid templates, each of which an operator can replace in TEMPLATES_DIR. */

import { join } from "node:path";
import type { Logger } from "../log.ts";
import { NOTIFICATION_KINDS } from "../model/notifications.ts";
import { oneLine } from "./escaping.ts";
import { shaped } from "./message-shapes.ts";
import { Omissions } from "./omissions.ts";
import { openOnly } from "./open-only.ts";
import { plainMessage } from "./plain-message.ts";
import { builtInSources, operatorSources, type Sources } from "./template-files.ts";
import { TEMPLATE_NAMES, type TemplateName } from "./template-names.ts";
import { faultOf, TemplateSet } from "./template-set.ts";
import { isKnown, quoteIn, WORDS } from "./template-variables.ts";
import type { MessageView } from "./view.ts";

export interface Templates {
  /** Never throws. If an operator's template fails, this is logged and the built-in one is used. */
  render(name: TemplateName, view: MessageView): string;
}

/** The variables of a template, created for each rendering. */
type Variables = object & { isWhole?: boolean };
type Finish = (text: string, variables: Variables) => string;

/** A template that takes longer blocks the process, so it is not used again. */
const SLOWEST_MS = 1_000;
const MOST_MEMORY = 50_000_000;
const LONGEST_WORDS = 500;

/**
 * Reads and checks all files. Later changes take effect at the next start.
 * @param dir the operator's folder, whose files replace built-in ones of the same name
 */
export function createTemplates({ dir, log }: { dir: string | null; log: Logger }): Templates {
  const builtIn = builtInSources();
  const own = dir === null ? new Map() : checked(operatorSources(dir, log), dir, builtIn, log);
  const builtInSet = new TemplateSet(builtIn, { renderLimit: Infinity, memoryLimit: Infinity });
  const operatorSet =
    own.size === 0
      ? null
      : new TemplateSet(new Map([...builtIn, ...own]), { renderLimit: SLOWEST_MS, memoryLimit: MOST_MEMORY });
  const fileOf = (name: string) => (dir !== null && own.has(name) ? join(dir, `${name}.liquid`) : undefined);
  const logged = new Set<string>();
  const slow = new Set<string>();

  /** Renders with the operator's files, and with only the built-in ones if that fails. */
  function rendered(name: string, { kind }: MessageView, make: () => Variables, finish: Finish): string {
    const special = `${name}.${kind.toLowerCase()}`;
    const file = operatorSet?.has(special) ? special : name;
    if (operatorSet !== null && !slow.has(file)) {
      try {
        const variables = make();
        return finish(operatorSet.render(file, variables), variables);
      } catch (error) {
        const fault = faultOf(error);
        if (fault.tooSlow) slow.add(file);
        const key = `${name} ${kind}`;
        if (!logged.has(key)) {
          log.warn({ template: file, kind, file: fileOf(file), ...fault }, "a template failed; using the built-in one");
        }
        logged.add(key);
      }
    }
    const variables = make();
    return finish(builtInSet.render(name, variables), variables);
  }

  return {
    render(name, view) {
      try {
        const said = quoteIn(view);
        const words = lazily(WORDS, (word) =>
          rendered(
            `words/${word}`,
            view,
            () => merged(view, { said }),
            (text) => oneLine(text, LONGEST_WORDS),
          ),
        );
        return rendered(
          name,
          view,
          () => new Omissions().recordIn(merged(view, { said, words })),
          (text, { isWhole }) => {
            const message = shaped(name, text);
            return name === "slack/message" && isWhole === false ? openOnly(message, view.links.open) : message;
          },
        );
      } catch (error) {
        log.error({ template: name, kind: view.kind, ...faultOf(error) }, "a built-in template failed");
        return plainMessage(name, view);
      }
    },
  };
}

/** Merges the properties of both objects. Getters are copied as getters. */
const merged = <A extends object, B extends object>(base: A, extra: B): A & B =>
  Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(base), ...Object.getOwnPropertyDescriptors(extra) },
  ) as A & B;

/** Properties that are computed on first use, because no message uses the whole vocabulary. */
function lazily<T extends string>(names: readonly T[], make: (name: T) => string): Record<T, string> {
  const made = {} as Record<T, string>;
  for (const name of names) {
    let value: string | undefined;
    Object.defineProperty(made, name, {
      enumerable: true,
      get() {
        value ??= make(name);
        return value;
      },
    });
  }
  return made;
}

const KINDS = NOTIFICATION_KINDS.map((kind) => kind.toLowerCase());

/** The templates that can be parsed. Logs all others with their line, and those that would have no effect. */
function checked(own: Sources, dir: string, builtIn: Sources, log: Logger): Sources {
  const set = new TemplateSet(own, { renderLimit: SLOWEST_MS, memoryLimit: MOST_MEMORY });
  const valid: Sources = new Map();
  for (const [name, source] of own) {
    const file = join(dir, `${name}.liquid`);
    try {
      set.parse(name);
      for (const { path, line } of set.variablesOf(name).filter(({ path }) => !isKnown(path))) {
        log.warn({ file, line, variable: path.join(".") }, "a template uses a variable that messages do not have");
      }
    } catch (error) {
      log.warn({ file, ...faultOf(error, true) }, "a template cannot be read; using the built-in one");
      continue;
    }
    valid.set(name, source);
  }
  const included = [...valid.values(), ...builtIn.values()].join("\n");
  for (const name of valid.keys()) {
    const [, base = "", kind] = /^(.*?)(?:\.([^./]*))?$/.exec(name) ?? [];
    const isMain = [...TEMPLATE_NAMES, ...WORDS.map((word) => `words/${word}`)].some((known) => known === base);
    if (isMain && (kind === undefined || KINDS.includes(kind))) continue;
    if (!included.includes(name)) {
      log.warn({ file: join(dir, `${name}.liquid`) }, "this template is not used: its name is unknown");
    }
  }
  return valid;
}
