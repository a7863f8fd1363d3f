/** The same as `jsx-runtime.ts` for `npm run web`. */

import type { ElementType, Key, ReactElement } from "react";
import * as react from "react/jsx-dev-runtime";
import { shownProps } from "./shown.ts";

export const { Fragment } = react;
export const jsxDEV = (
  type: ElementType,
  props: object,
  key: Key | undefined,
  isStatic: boolean,
  source?: react.JSXSource,
  self?: unknown,
): ReactElement => react.jsxDEV(type, shownProps(props as Record<string, unknown>), key, isStatic, source, self);
