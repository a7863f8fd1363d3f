/** Finds misspelled variables of Countersign in an environment. Pure. */

import { typosBetween } from "../model/closest-name.ts";
import { VARIABLES } from "./variables.ts";

/** A name with one of these prefixes is meant for Countersign, even if it resembles no known name. */
const OUR_PREFIXES = /^(AUTH|OIDC|APPROVALS?|SLACK|SMTP|MAIL|WEBHOOKS?|CALLBACKS?|LIMITS?|COUNTERSIGN|TRUST(ED)?)_/i;
/** Kubernetes sets these in a container for each service, whatever its name is. */
const OF_KUBERNETES = /_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const KUBERNETES_PORT = /^(tcp|udp|sctp):\/\//;
/** Shorter names resemble common names of others: POST, SORT, HOSTS. */
const SHORTEST_FOR_ONE_TYPO = 6;
const SHORTEST_FOR_TWO_TYPOS = 9;
/** Longer names are not compared. */
const LONGEST_NAME = 100;

export interface UnknownVariable {
  readonly name: string;
  /** The most similar name that Countersign reads. */
  readonly nearest: string;
}

/**
 * Returns variables that Countersign does not read although their names look as if it did: they have one of its prefixes, or
 * differ from a known name by a typo, by letter case or by words at the end. An empty variable counts as not set.
 */
export function unknownVariables(env: NodeJS.ProcessEnv): readonly UnknownVariable[] {
  return Object.entries(env).flatMap(([name, value = ""]) => {
    if (VARIABLES.has(name) || value.trim() === "" || name.length > LONGEST_NAME) return [];
    if (isOfKubernetes(name, value)) return [];
    const upper = name.toUpperCase();
    const near = [...VARIABLES].map((known) => ({ known, typos: typosBetween(upper, known) }));
    const { known, typos } = near.reduce((best, one) => (one.typos < best.typos ? one : best));
    const longer = [...VARIABLES].find((one) => isCut(one, upper) || isCut(upper, one));
    if (typos <= allowedTypos(known)) return [{ name, nearest: known }];
    return OUR_PREFIXES.test(name) || longer !== undefined ? [{ name, nearest: longer ?? known }] : [];
  });
}

/** The warning about such a variable. The name is quoted, because it may contain anything, for example a line break. */
export const unknownVariableMessage = ({ name, nearest }: UnknownVariable): string =>
  `${/^\w+$/.test(name) ? name : JSON.stringify(name)} is not a variable of Countersign and has no effect; did you mean ${nearest}?`;

const isOfKubernetes = (name: string, value: string): boolean =>
  OF_KUBERNETES.test(name) || (name.endsWith("_PORT") && KUBERNETES_PORT.test(value));

/** Whether a name of at least two words is a prefix of the other one, as DATABASE_LISTEN is. */
const isCut = (whole: string, name: string): boolean => name.includes("_") && whole.startsWith(`${name}_`);

function allowedTypos({ length }: string): number {
  if (length >= SHORTEST_FOR_TWO_TYPOS) return 2;
  return length >= SHORTEST_FOR_ONE_TYPO ? 1 : 0;
}
