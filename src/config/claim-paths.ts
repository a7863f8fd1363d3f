/** Where a token keeps a claim: a dotted path, in which `\.` is a dot of a name. Pure. */

/** What such a variable may hold, in words. */
export const CLAIM_PATH_FORM =
  "the dotted path of a claim (a dot in a name is written \\.), not below user_metadata, which people edit themselves";

/** The names on the way to a claim. @param path `resource_access.my\.client.roles` for example */
export const partsOfClaimPath = (path: string): string[] =>
  path.split(/(?<!\\)\./).map((part) => part.replaceAll(/\\{1,2}\./g, "."));

/** Whether a path has a name between any two dots, and leads to what the provider alone writes. */
export function isClaimPath(path: string): boolean {
  const parts = partsOfClaimPath(path);
  return parts.every((part) => part !== "") && parts[0] !== "user_metadata";
}
