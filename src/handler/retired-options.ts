/** Options of the polling predecessor. They are accepted without effect, with one warning each. */

const REPLACEMENTS = {
  supabase: "databaseUrl, or DATABASE_URL",
  pollInterval: "nothing, because waiters subscribe and are notified by the commit",
  maxPollAttempts: "nothing, because a wait ends with its request; see timeoutMs",
} as const;

/** The retired options that a configuration may still have. */
export type RetiredOptions = { readonly [Name in keyof typeof REPLACEMENTS]?: unknown };

const warned = new Set<string>();

/** Warns once per process about each retired option that is given. */
export function warnOfRetiredOptions(options: RetiredOptions): void {
  for (const [name, replacement] of Object.entries(REPLACEMENTS)) {
    if (options[name as keyof RetiredOptions] === undefined || warned.has(name)) continue;
    warned.add(name);
    process.emitWarning(`The option ${name} no longer has an effect; instead: ${replacement}.`, {
      type: "CountersignWarning",
      code: "COUNTERSIGN_RETIRED_OPTION",
    });
  }
}
