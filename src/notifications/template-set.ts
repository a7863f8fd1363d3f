/** A set of Liquid files by name, each rendered with the escapes of the place that its name stands for. */

import { Liquid, LiquidError, type Template } from "liquidjs";
import { addFilters, ESCAPES, type Place } from "./template-filters.ts";

/** Where the values of a file end up, by the beginning of its name; the first that fits. */
const PLACES: readonly [string, Place][] = [
  ["email/subject", "line"],
  ["email/text", "text"],
  ["email/", "html"],
  ["slack/", "slack"],
  ["webhook/", "json"],
  ["", "line"],
];
const placeOf = (name: string): Place => PLACES.find(([beginning]) => name.startsWith(beginning))?.[1] ?? "line";

/** What one rendering may cost. */
export interface Bounds {
  /** Milliseconds. */
  renderLimit: number;
  /** Liquid's count of what is made: characters and items. */
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
   * @param variables known in the file and in what it includes
   * @throws LiquidError
   */
  render(name: string, variables: object): string {
    return this.#engineFor(name).renderSync(this.parse(name), {}, { globals: variables });
  }

  /** @throws LiquidError with the place of what cannot be read */
  parse(name: string): Template[] {
    let parsed = this.#parsed.get(name);
    if (parsed === undefined) {
      parsed = this.#engineFor(name).parse(this.#sources.get(name) ?? "");
      this.#parsed.set(name, parsed);
    }
    return parsed;
  }

  /** The variables that a file names and does not make itself, each as a path, with its line. */
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
        // What is included comes from here and nowhere else: a template reads no file and no environment.
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

/** What the log may tell of a failed template: its own words and places, never what was rendered. */
export interface TemplateFault {
  reason: string;
  line?: number;
  column?: number;
  /** The tag or output that failed, as the file has it. */
  at?: string;
  tooSlow?: boolean;
}

/** Liquid's messages, and ours. */
const LIMITS: Record<string, string> = {
  "template render limit exceeded": "it takes too long",
  "memory alloc limit exceeded": "it takes too much memory",
  "parse length limit exceeded": "it is too long",
};

/** @param parsing the file itself was read: its error can quote nothing but the file */
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
  if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { reason: "it includes a file that is not there" };
  return { reason: parsing ? cause.message.replace(/, (file|line):.*$/s, "") : cause.name };
}

/** What was rendered is not what it must be. The message quotes nothing of it. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}
