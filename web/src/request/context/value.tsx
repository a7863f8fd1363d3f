/** Shows a value of the context in its shape. */

import { Button } from "@mantine/core";
import { useState } from "react";
import { At } from "../../shared/times.tsx";
import { count } from "../../shared/words.ts";
import { isInline } from "./addresses.ts";
import { Code } from "./code.tsx";
import classes from "./context.module.css";
import { Difference } from "./difference.tsx";
import { SafeLink } from "./link.tsx";
import { RemotePicture } from "./remote-picture.tsx";
import { isBrief, labelOf, type Shape, scalarText, shapeOf } from "./shape.ts";
import { RecordTable } from "./table.tsx";
import { Tree } from "./tree.tsx";

interface Props {
  value: unknown;
  /** The key of the value, which may hint at its kind. */
  name?: string;
  level?: number;
}

export function Value({ value, name = "", level = 1 }: Props) {
  const shape = shapeOf(value, name, level);
  const label = labelOf(name);
  switch (shape.kind) {
    case "nothing":
      return <span className={classes.nothing}>{value === null ? "none" : "empty"}</span>;
    case "scalar":
      return <span className="numbers">{shape.text}</span>;
    case "instant":
      return <At at={shape.at} />;
    case "text":
      return <LongText text={shape.text} />;
    case "link":
      return <SafeLink href={shape.href}>{shape.href.replace(/^https:\/\//, "")}</SafeLink>;
    case "image":
      return isInline(shape.src) ? (
        <img src={shape.src} alt={label} className={classes.picture} />
      ) : (
        <RemotePicture src={shape.src} label={label} />
      );
    case "code":
      return <Code text={shape.text} language={shape.language} label={label} />;
    case "list":
      return <List items={shape.items} isBrief={isBrief(shape)} />;
    case "table":
      return <RecordTable columns={shape.columns} rows={shape.rows} label={label} />;
    case "diff":
      return (
        <>
          {shape.rest.length > 0 && <Fields entries={shape.rest} level={level + 1} />}
          <Difference before={shape.before} after={shape.after} label={label} />
        </>
      );
    case "record":
      return <Fields entries={shape.entries} level={level + 1} />;
    case "tree":
      return <Tree value={shape.value} />;
  }
}

/** Names and values in their given order. Long values are below their names. */
export function Fields({ entries, level }: { entries: readonly [string, unknown][]; level: number }) {
  return (
    <dl className={classes.fields} data-level={level}>
      {entries.map(([key, value]) => (
        <div key={key} data-brief={isBrief(shapeOf(value, key, level)) || undefined}>
          <dt title={key}>{labelOf(key)}</dt>
          <dd>
            <Value value={value} name={key} level={level} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const FIRST_CHARS = 1_500;

function LongText({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && text.length > FIRST_CHARS * 1.2;
  return (
    <>
      <span className="user-text" dir="auto">
        {isCut ? `${text.slice(0, FIRST_CHARS)}…` : text}
      </span>
      {isCut && (
        <Button variant="default" size="compact-sm" display="block" onClick={() => setWhole(true)}>
          Show all {count(text.length, "character")}
        </Button>
      )}
    </>
  );
}

const FIRST_ITEMS = 20;

function List({ items, isBrief }: { items: Extract<Shape, { kind: "list" }>["items"]; isBrief: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? items : items.slice(0, FIRST_ITEMS);
  return (
    <>
      <ul className={isBrief ? classes.pills : classes.list}>
        {shown.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity and do not move
          <li key={index}>{typeof item === "string" ? <Value value={item} level={3} /> : scalarText(item)}</li>
        ))}
      </ul>
      {shown.length < items.length && (
        <Button variant="default" size="compact-sm" onClick={() => setWhole(true)}>
          Show all {count(items.length, "item")}
        </Button>
      )}
    </>
  );
}
