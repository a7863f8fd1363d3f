/** React for Vite, with the runtime that shows invisible characters. */

import react from "@vitejs/plugin-react";
import type { Plugin, PluginOption } from "vite";

const SOURCE = "#visible";
const FOLDER = `${import.meta.dirname}/src/shared/visible`;

const alias: Plugin = { name: "visible-jsx", config: () => ({ resolve: { alias: { [SOURCE]: FOLDER } } }) };

export const visibleReact = (): PluginOption => [alias, react({ jsxImportSource: SOURCE })];
