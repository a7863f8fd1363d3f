/** Options of the polling predecessor: still accepted, without effect, and named once. */

const REPLACEMENTS = {
  supabase: "databaseUrl, or DATABASE_URL",
  pollInterval: "nothing: waiters subscribe and are notified by the commit",
  maxPollAttempts: "nothing: a wait ends with its request, see timeoutMs",
} as const;

/** What a configuration of the predecessor may still hold. */
export type RetiredOptions = { readonly [Name in keyof typeof REPLACEMENTS]?: unknown };

const named = new Set<string>();

/** Warns of those options that are given, once for each in the life of the process. */
export function warnOfRetiredOptions(options: RetiredOptions): void {
  for (const [name, replacement] of Object.entries(REPLACEMENTS)) {
    if (options[name as keyof RetiredOptions] === undefined || named.has(name)) continue;
    named.add(name);
    process.emitWarning(`The option ${name} no longer has an effect; instead: ${replacement}.`, {
      type: "CountersignWarning",
      code: "COUNTERSIGN_RETIRED_OPTION",
    });
  }
}
