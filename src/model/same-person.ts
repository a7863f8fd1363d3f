/**
 * Decides whether two names are one person. Pure. Rights come from ids, compared byte for byte; this rule decides who is
 * excluded (the requester, the creator, a person who has voted) and how people are counted. Two names are one person if
 * they are equal without regard to case, if the directory has one as the address of the other, or if it has one address
 * for both; transitively. docs/rules.md has the rule under "People".
 */

/** The key for the comparison of names without regard to case. SQL reads it from columns that store it. */
export const personKey = (name: string): string => name.normalize("NFC").toLowerCase();

/** A row of the directory, as far as it connects names. */
export interface KnownName {
  id: string;
  email: string | null;
}

/** Returns the same text for two names exactly when they are one person. */
export type PersonOf = (name: string) => string;

/** The rule without a directory. */
export const byName: PersonOf = personKey;

/**
 * The rule with what the directory knows.
 * @param known at least the rows that are connected to the names that will be compared
 */
export function personsOf(known: Iterable<KnownName>): PersonOf {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
    // Shortens the path for later searches.
    for (let at = key; at !== root; ) {
      const next = parents.get(at) as string;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  for (const { id, email } of known) {
    if (email === null) continue;
    const [idRoot, emailRoot] = [rootOf(personKey(id)), rootOf(personKey(email))];
    if (idRoot !== emailRoot) parents.set(idRoot, emailRoot);
  }
  return (name) => rootOf(personKey(name));
}

/** One name of each person, the first of each, in order. */
export function distinctPeople(names: readonly string[], personOf: PersonOf): string[] {
  const first = new Map<string, string>();
  for (const name of names) {
    const person = personOf(name);
    if (!first.has(person)) first.set(person, name);
  }
  return [...first.values()];
}

/** Whether two names are one person. */
export const isSamePerson = (first: string, second: string, personOf: PersonOf): boolean =>
  first === second || personOf(first) === personOf(second);
