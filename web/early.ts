/**
 * Loads `src/early.ts` before everything else, as a file of its own with all that it imports. The document names it first,
 * and it runs without waiting for styles and other scripts.
 */

import type { Plugin } from "vite";

const ENTRY = `${import.meta.dirname}/src/early.ts`;

export interface Early {
  plugin: Plugin;
  /** Whether a module belongs to the file. */
  includes(id: string): boolean;
}

export function early(): Early {
  const modules = new Set<string>();
  return {
    includes: (id) => modules.has(id),
    plugin: {
      name: "early",
      apply: "build",
      config: () => ({
        build: { rolldownOptions: { input: [`${import.meta.dirname}/index.html`, ENTRY] } },
      }),
      buildEnd() {
        const add = (id: string): void => {
          if (modules.has(id)) return;
          modules.add(id);
          for (const imported of this.getModuleInfo(id)?.importedIds ?? []) add(imported);
        };
        add(ENTRY);
      },
      transformIndexHtml: {
        order: "post",
        handler(html, { bundle = {} }) {
          const file = Object.values(bundle).find((part) => part.type === "chunk" && part.facadeModuleId === ENTRY);
          if (file === undefined) throw new Error(`${ENTRY} is not built`);
          return html.replace(
            "<title>",
            `<script type="module" async crossorigin src="./${file.fileName}"></script>\n    <title>`,
          );
        },
      },
    },
  };
}
