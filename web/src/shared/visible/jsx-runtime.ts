/**
 * The JSX runtime of all pages (see `vite.config.ts`): it makes invisible characters in texts visible, so that no page
 * has to. The values of inputs do not change, because they are sent back.
 */

import type { ElementType, Key, ReactElement } from "react";
import * as react from "react/jsx-runtime";
import { visibleProps } from "./visible-props.ts";

export const { Fragment } = react;
export const jsx = (type: ElementType, props: object, key?: Key): ReactElement =>
  react.jsx(type, visibleProps(props as Record<string, unknown>), key);
export const jsxs = (type: ElementType, props: object, key?: Key): ReactElement =>
  react.jsxs(type, visibleProps(props as Record<string, unknown>), key);
