/** All environment variables of Countersign. docs/configuration.md is generated from them. Pure. */

import { LIMITS, variableOf } from "./limits.ts";
import { APPROVAL_VARIABLES } from "./variables/approvals.ts";
import { CLIENT_VARIABLES } from "./variables/client.ts";
import { DATABASE_VARIABLES } from "./variables/database.ts";
import type { Variable } from "./variables/kinds.ts";
import { NOTIFICATION_VARIABLES } from "./variables/notifications.ts";
import { SERVER_VARIABLES } from "./variables/server.ts";
import { SIGN_IN_VARIABLES } from "./variables/sign-in.ts";

/** The variables that the server reads by name. */
const SETTINGS = {
  ...SERVER_VARIABLES,
  ...DATABASE_VARIABLES,
  ...SIGN_IN_VARIABLES,
  ...APPROVAL_VARIABLES,
  ...NOTIFICATION_VARIABLES,
};
type Settings = typeof SETTINGS;

/** The variables by the names of their tables in docs/configuration.md. */
export const TABLES: Readonly<Record<string, Readonly<Record<string, Variable<unknown>>>>> = {
  server: SERVER_VARIABLES,
  database: DATABASE_VARIABLES,
  "sign-in": SIGN_IN_VARIABLES,
  approvals: APPROVAL_VARIABLES,
  notifications: NOTIFICATION_VARIABLES,
  limits: Object.fromEntries(Object.values(LIMITS).map((limit) => [limit.variable, variableOf(limit)])),
  clients: CLIENT_VARIABLES,
};

/** Variables that the predecessor read, with their replacements. */
export const RETIRED = {
  NEXT_PUBLIC_SUPABASE_URL: "DATABASE_URL",
  SUPABASE_SERVICE_ROLE_KEY: "DATABASE_URL, and AUTH_JWT_SECRET for tokens",
  APPROVAL_POLL_INTERVAL: "nothing: waiters subscribe and are notified by the commit",
  APPROVAL_MAX_POLL_ATTEMPTS: "nothing: a wait ends with its request, see APPROVAL_DEFAULT_TIMEOUT",
} as const;

/** The names of all variables that Countersign reads. */
export const VARIABLES: ReadonlySet<string> = new Set([
  ...Object.values(TABLES).flatMap((table) => Object.keys(table)),
  ...Object.keys(RETIRED),
]);

/** Reads one variable. An empty one counts as not set. @throws ConfigError for a wrong value */
export type Read = <N extends keyof Settings>(name: N) => ReturnType<Settings[N]["parse"]>;

/** Returns the function that reads the variables of an environment. */
export function readerOf(env: NodeJS.ProcessEnv): Read {
  const read = (name: keyof Settings) => readVariable(env, name, SETTINGS[name] as Variable<unknown>);
  return read as Read;
}

/** The value of a variable: its default if it is not set. @throws ConfigError */
export function readVariable<T>(env: NodeJS.ProcessEnv, name: string, variable: Variable<T>): T {
  const raw = env[name]?.trim() ?? "";
  return raw === "" ? variable.default : variable.parse(raw, name);
}
