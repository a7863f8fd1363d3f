/** A set of Liquid templates by name. The name decides how the values of a template are escaped. */

import { Liquid, LiquidError, type Template } from "liquidjs";
import { addFilters, ESCAPES, type Place } from "./template-filters.ts";

/** The kind of output of a template by the start of its name. The first match counts. */
const PLACES: readonly [string, Place][] = [
  ["email/subject", "line"],
  ["email/text", "text"],
  ["email/", "html"],
  ["slack/", "slack"],
  ["webhook/", "json"],
  ["", "line"],
];
const placeOf = (name: string): Place => PLACES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? "line";

/** The limits of one rendering. */
export interface Bounds {
  /** Milliseconds. */
  renderLimit: number;
  /** Liquid's count of created characters and items. */
  memoryLimit: number;
}

const LONGEST_FILE = 1_000_000;

export class TemplateSet {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #bounds: Bounds;
  readonly #engines = new Map<Place, Liquid>();
  readonly #parsed = new Map<string, Template[]>();

  /** @param sources by name, which is the path without `.liquid` */
  constructor(sources: ReadonlyMap<string, string>, bounds: Bounds) {
    this.#sources = sources;
    this.#bounds = bounds;
  }

  has(name: string): boolean {
    return this.#sources.has(name);
  }

  /**
   * @param variables available in the template and in the templates that it includes
   * @throws LiquidError
   */
  render(name: string, variables: object): string {
    return this.#engineFor(name).renderSync(this.parse(name), {}, { globals: variables });
  }

  /** @throws LiquidError with the position of the fault */
  parse(name: string): Template[] {
    let parsed = this.#parsed.get(name);
    if (parsed === undefined) {
      parsed = this.#engineFor(name).parse(this.#sources.get(name) ?? "");
      this.#parsed.set(name, parsed);
    }
    return parsed;
  }

  /** The variables that a template uses but does not assign, each as a path with its line. */
  variablesOf(name: string): { path: string[]; line: number }[] {
    const { globals } = this.#engineFor(name).analyzeSync(this.parse(name), { partials: false });
    return Object.values(globals)
      .flat()
      .map(({ segments, location }) => ({
        path: segments.map((segment) => (typeof segment === "object" ? "*" : String(segment))),
        line: location.row,
      }));
  }

  #engineFor(name: string): Liquid {
    const place = placeOf(name);
    let engine = this.#engines.get(place);
    if (engine === undefined) {
      engine = new Liquid({
        // Templates can include only these sources: they read no files and no environment variables.
        templates: Object.assign(Object.create(null), Object.fromEntries(withEnding(this.#sources))),
        extname: ".liquid",
        cache: true,
        strictFilters: true,
        ownPropertyOnly: true,
        outputEscape: ESCAPES[place],
        locale: "en-GB",
        timezoneOffset: 0,
        parseLimit: LONGEST_FILE,
        ...this.#bounds,
      });
      addFilters(engine, place);
      this.#engines.set(place, engine);
    }
    return engine;
  }
}

const withEnding = (sources: ReadonlyMap<string, string>) =>
  [...sources].map(([name, text]) => [`${name}.liquid`, text]);

/** The fault of a template, for the log: a reason and a position in the template, never rendered text. */
export interface TemplateFault {
  reason: string;
  line?: number;
  column?: number;
  /** The tag or output that failed, as written in the file. */
  at?: string;
  tooSlow?: boolean;
}

/** Replacements for Liquid's messages. */
const LIMITS: Record<string, string> = {
  "template render limit exceeded": "it takes too long",
  "memory alloc limit exceeded": "it takes too much memory",
  "parse length limit exceeded": "it is too long",
};

/** @param parsing whether the fault is in parsing, where the error can quote only the template itself */
export function faultOf(error: unknown, parsing = false): TemplateFault {
  if (error instanceof ShapeError) return { reason: error.message };
  if (!LiquidError.is(error)) return reasonOf(error, parsing);
  const [line, column] = error.token.getPosition() as [number, number];
  const at = error.token.getText().slice(0, 200);
  return { ...reasonOf(error.originalError ?? error, parsing), line, column, at };
}

function reasonOf(cause: unknown, parsing: boolean): Pick<TemplateFault, "reason" | "tooSlow"> {
  if (!(cause instanceof Error)) return { reason: typeof cause };
  const limit = Object.keys(LIMITS).find((message) => cause.message.startsWith(message));
  const tooSlow = limit === "template render limit exceeded";
  if (limit !== undefined) return { reason: LIMITS[limit] as string, ...(tooSlow && { tooSlow }) };
  if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { reason: "it includes a file that does not exist" };
  return { reason: parsing ? cause.message.replace(/, (file|line):.*$/s, "") : cause.name };
}

/** The output of a template is not a valid message. The text of the error does not quote the output. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}
