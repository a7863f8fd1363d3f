/** Parses dotted paths of claims in a token. `\.` is a dot in a name. Pure. */

/** The form of such a variable, for messages. */
export const CLAIM_PATH_FORM =
  "the dotted path of a claim (a dot in a name is written \\.), not below user_metadata, which people edit themselves";

/** The names on the path to a claim. @param path for example `resource_access.my\.client.roles` */
export const partsOfClaimPath = (path: string): string[] =>
  path.split(/(?<!\\)\./).map((part) => part.replaceAll(/\\{1,2}\./g, "."));

/** Whether a path has a name between all dots, and leads to a claim that only the provider can write. */
export function isClaimPath(path: string): boolean {
  const parts = partsOfClaimPath(path);
  return parts.every((part) => part !== "") && parts[0] !== "user_metadata";
}
