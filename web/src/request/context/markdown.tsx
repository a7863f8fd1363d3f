/**
 * Renders a description as Markdown. HTML stays text, addresses that do not lead to the web are omitted, and pictures
 * of other servers become links. A separate chunk that is loaded only if there is a description.
 */

import { type ComponentProps, createElement } from "react";
import ReactMarkdown, { type Components, type ExtraProps } from "react-markdown";
import remarkGfm from "remark-gfm";
import { visible } from "../../../../src/model/visible-text.ts";
import { Scrolled } from "../../shared/scrolled.tsx";
import { isInline, pageAddress, pictureAddress } from "./addresses.ts";
import { Code } from "./code.tsx";
import classes from "./context.module.css";
import { SafeLink } from "./link.tsx";
import { RemotePicture } from "./remote-picture.tsx";

type Of<T extends keyof React.JSX.IntrinsicElements> = ComponentProps<T> & ExtraProps;

/** Headings of the text are moved below the headings of the page. */
const COMPONENTS: Components = {
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
  h4: ({ children }) => <h6>{children}</h6>,
  h5: ({ children }) => <h6>{children}</h6>,
  a: ({ href, children }: Of<"a">) => (href ? <SafeLink href={href}>{children}</SafeLink> : <span>{children}</span>),
  img: ({ src, alt }: Of<"img">) => {
    if (typeof src !== "string" || src === "") return <span>{alt}</span>;
    if (!isInline(src)) return <RemotePicture src={src} label={alt ?? ""} />;
    return <img src={src} alt={alt ?? ""} className={classes.picture} />;
  },
  table: ({ children }) => (
    <Scrolled label="Table">
      <table>{children}</table>
    </Scrolled>
  ),
  input: ({ checked }: Of<"input">) => <span>{checked ? "☑" : "☐"}</span>,
  pre: ({ node }) => {
    const code = node?.children[0];
    if (code?.type !== "element") return null;
    const text = code.children.map((child) => (child.type === "text" ? child.value : "")).join("");
    const names = code.properties.className;
    const language = Array.isArray(names) ? String(names[0] ?? "").replace(/^language-/, "") : "";
    return <Code text={text.replace(/\n$/, "")} language={language || null} />;
  },
};

const addressOf = (url: string, key: string): string => (key === "src" ? pictureAddress(url) : pageAddress(url)) ?? "";

interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

/** Makes invisible characters visible after parsing, so that this changes neither the format nor the addresses. */
const showInvisible = () => makeVisible;
function makeVisible(node: Node): void {
  if (node.type === "text" && node.value !== undefined) node.value = visible(node.value);
  for (const child of node.children ?? []) makeVisible(child);
}

const OPTIONS = {
  remarkPlugins: [remarkGfm],
  rehypePlugins: [showInvisible],
  components: COMPONENTS,
  urlTransform: addressOf,
};

export default function Markdown({ text }: { text: string }) {
  return (
    <div className={classes.markdown} dir="auto">
      {/* JSX would make the invisible characters visible before parsing. */}
      {createElement(ReactMarkdown, OPTIONS, text)}
    </div>
  );
}
