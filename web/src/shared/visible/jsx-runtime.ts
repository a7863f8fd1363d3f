/**
 * React's runtime for JSX, by which all pages are built (see `vite.config.ts`): text on a page goes through here, so that
 * no page shows an invisible character, whoever wrote the page. Values of inputs are left alone: they are sent back.
 */

import type { ElementType, Key, ReactElement } from "react";
import * as react from "react/jsx-runtime";
import { shownProps } from "./shown.ts";

export const { Fragment } = react;
export const jsx = (type: ElementType, props: object, key?: Key): ReactElement =>
  react.jsx(type, shownProps(props as Record<string, unknown>), key);
export const jsxs = (type: ElementType, props: object, key?: Key): ReactElement =>
  react.jsxs(type, shownProps(props as Record<string, unknown>), key);
