/** Highlights code. A separate chunk that is loaded only if there is code. */

import { toJsxRuntime } from "hast-util-to-jsx-runtime";
import { common, createLowlight } from "lowlight";
import type { ReactElement } from "react";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";

const lowlight = createLowlight(common);

/** The highlighted text; null if the language is unknown. */
export function highlight(text: string, language: string): ReactElement | null {
  if (!lowlight.registered(language)) return null;
  return toJsxRuntime(lowlight.highlight(language, text), { Fragment, jsx, jsxs }) as ReactElement;
}
