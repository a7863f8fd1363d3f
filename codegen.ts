/**
 * Typed documents for programs that talk to the API: `npm run codegen` prints the schema and writes
 * `src/client/generated/` and `web/src/generated/`. What is generated is committed and runs as it is under type
 * stripping.
 */

import type { CodegenConfig } from "@graphql-codegen/cli";

const preset = {
  preset: "client",
  presetConfig: { fragmentMasking: false, skipIndexFile: true },
  config: {
    useTypeImports: true,
    // TypeScript's enums are code, which type stripping does not run.
    enumType: "string-literal",
    strictScalars: true,
    scalars: {
      ID: "string",
      SafeInt: "number",
      DateTime: "string",
      JSON: "unknown",
      JSONObject: "Record<string, unknown>",
    },
  },
} as const;

const config: CodegenConfig = {
  schema: "schema.graphql",
  ignoreNoDocuments: true,
  importExtension: ".ts",
  generates: {
    "src/client/generated/": { documents: ["src/client/**/*.ts", "src/cli/**/*.ts", "test/**/*.ts"], ...preset },
    "web/src/generated/": { documents: ["web/src/**/*.ts", "web/src/**/*.tsx"], ...preset },
  },
};

export default config;
