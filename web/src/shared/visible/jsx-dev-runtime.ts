/** The counterpart of `jsx-runtime.ts` for `npm run web`. */

import type { ElementType, Key, ReactElement } from "react";
import * as react from "react/jsx-dev-runtime";
import { visibleProps } from "./visible-props.ts";

export const { Fragment } = react;
export const jsxDEV = (
  type: ElementType,
  props: object,
  key: Key | undefined,
  isStatic: boolean,
  source?: react.JSXSource,
  self?: unknown,
): ReactElement => react.jsxDEV(type, visibleProps(props as Record<string, unknown>), key, isStatic, source, self);
