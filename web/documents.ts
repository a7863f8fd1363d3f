/**
 * Puts each document where it is used, as text: the generated module would bring all of them, parsed, to every page.
 * `graphql(\`query Name …\`)` becomes the text of the generated document of that name, its fragments included.
 */

import { stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { type DocumentNode, print } from "graphql";
import type { Plugin } from "vite";

const GENERATED = `${import.meta.dirname}/src/generated/graphql.ts`;
const IMPORT = /^import \{ graphql \} from "[^"]*generated\/gql\.ts";$/m;
const CALL = /graphql\(`\s*(query|mutation|subscription|fragment)\s+(\w+)[^`]*`,?\s*\)/g;

export function documents(): Plugin {
  return {
    name: "documents",
    enforce: "pre",
    async transform(code, id) {
      if (!id.endsWith(".graphql.ts")) return undefined;
      // While the pages are changed, each version of the generated module has an address of its own.
      this.addWatchFile(GENERATED);
      const { mtimeMs } = await stat(GENERATED);
      const generated: Record<string, DocumentNode> = await import(`${pathToFileURL(GENERATED).href}?${mtimeMs}`);
      return code.replace(IMPORT, "").replace(CALL, (_call, kind: string, name: string) => {
        const document = generated[`${name}${kind === "fragment" ? "FragmentDoc" : "Document"}`];
        if (document === undefined) throw new Error(`${name} is not generated: run npm run codegen`);
        return JSON.stringify(print(document).replaceAll(/\s+/g, " "));
      });
    },
  };
}
