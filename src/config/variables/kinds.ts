/** The kinds of environment variables: how each kind is parsed, and what the documents say about its values. Pure. */

import { addressFault } from "../database-address.ts";
import { ConfigError, maskUrl } from "../environment.ts";

/** What the documents say about a variable. Texts are Markdown. */
export interface Description {
  /** What the variable sets. Full sentences, or a phrase without a full stop. */
  readonly about: string;
  /** A value that the variable may have. */
  readonly example: string;
  /** The default in words, if it is not the same everywhere. */
  readonly defaultInWords?: string;
}

/** An environment variable. An empty one counts as not set. */
export interface Variable<T> extends Description {
  /** Which values are allowed, in a few words. */
  readonly type: string;
  /** The value if the variable is not set. */
  readonly default: T;
  /**
   * @param raw the value without blanks at its ends, not empty
   * @param name the variable, for the message
   * @throws ConfigError for a wrong value
   */
  parse(raw: string, name: string): T;
}

type Parse<T> = Variable<T>["parse"];

/** A variable with a parser of its own. */
export function variable<T, D>(
  type: string,
  parse: Parse<T>,
  { default: value, ...description }: Description & { readonly default: D },
): Variable<T | D> {
  return { ...description, type, default: value, parse };
}

/** A variable whose default is not a value. */
const optional = <T>(type: string, parse: Parse<T>, description: Description): Variable<T | null> =>
  variable(type, parse, { ...description, default: null });

/**
 * Turns a function that throws into a parser.
 * @param form what the variable must be, for the message
 * @param shown the value as the message may show it; null hides it
 */
export const parserOf =
  <T>(read: (raw: string) => T, form: string, shown: (raw: string) => string | null = (raw) => raw): Parse<T> =>
  (raw, name) => {
    try {
      return read(raw);
    } catch {
      throw new ConfigError(name, shown(raw), form);
    }
  };

const anyText: Parse<string> = (raw) => raw;

export const text = (description: Description) => optional("text", anyText, description);

export const textWithDefault = (description: Description & { readonly default: string }) =>
  variable("text", anyText, description);

/** A path of a file or folder. */
export const path = (description: Description) => optional("path", anyText, description);

/** A text that is never shown. */
export const secret = (description: Description) => optional("secret", anyText, description);

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A whole number from `from` to `to`. */
export function integer({ from, to, ...description }: Description & Range & { readonly default: number }) {
  const parse: Parse<number> = (raw, name) => {
    const value = /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
    if (!(value >= from && value <= to)) throw new ConfigError(name, raw, `a whole number from ${from} to ${to}`);
    return value;
  };
  return variable(`${from} to ${to}`, parse, description);
}

/** One of these values, in any case. `D` is null if the default depends on other variables. */
export function oneOf<const T extends string, D extends T | null>(
  values: readonly T[],
  description: Description & { readonly default: D },
): Variable<T | D> {
  const parse: Parse<T> = (raw, name) => {
    const value = values.find((candidate) => candidate === raw.toLowerCase());
    if (value === undefined) throw new ConfigError(name, raw, `one of ${values.join(", ")}`);
    return value;
  };
  return variable(values.map((value) => `\`${value}\``).join(", "), parse, description);
}

/** `true` or `false`. `D` is null if the default depends on other variables. */
export function flag<D extends boolean | null>(description: Description & { readonly default: D }) {
  const { type, parse } = oneOf(["true", "false"], { about: "", example: "", default: null });
  return variable(type, (raw, name) => parse(raw, name) === "true", description);
}

function parseUrl(protocols: readonly string[], form: string): Parse<string> {
  return (raw, name) => {
    const parsed = URL.parse(raw);
    if (parsed === null || !protocols.includes(parsed.protocol)) throw new ConfigError(name, maskUrl(raw), form);
    return raw;
  };
}

export const parseWebUrl = parseUrl(["http:", "https:"], "an http:// or https:// URL");

export const webUrl = (description: Description) => optional("URL", parseWebUrl, description);

export const smtpUrl = (description: Description) =>
  optional("URL", parseUrl(["smtp:", "smtps:"], "an smtp:// or smtps:// URL"), description);

export const databaseUrl = (description: Description) =>
  optional(
    "PostgreSQL URL",
    (raw, name) => {
      const fault = addressFault(raw);
      if (fault !== null) throw new ConfigError(name, maskUrl(raw), fault);
      return raw;
    },
    description,
  );
