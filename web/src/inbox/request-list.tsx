/** The list of requests. Only visible rows are rendered, so that 10,000 are as fast as ten. */

import { useMediaQuery } from "@mantine/hooks";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import type { Decision } from "../decision/decision-model.ts";
import classes from "./inbox.module.css";
import type { Row } from "./inbox-list.ts";
import type { Departure } from "./inbox-source.ts";
import { RequestRow } from "./request-row.tsx";
import type { Selection } from "./selection.ts";

/** Heights in px, the same as in `inbox.module.css`. */
const DESK = 66;
const PHONE = 112;
const HEADER = 56;

export interface ListHandle {
  /** Scrolls a row into view and focuses it. */
  focus(index: number): void;
}

interface Props {
  rows: readonly Row[];
  departures: ReadonlyMap<string, Departure>;
  selection: Selection;
  current: string | null;
  onCurrent(id: string): void;
  onDecide(row: Row, decision: Decision): void;
  handle: RefObject<ListHandle | null>;
}

export function RequestList({ rows, departures, selection, current, onCurrent, onDecide, handle }: Props) {
  const isPhone = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const element = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop((element.current?.getBoundingClientRect().top ?? 0) + scrollY), []);
  const height = isPhone ? PHONE : DESK;
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan: 6,
    scrollMargin: top,
    scrollPaddingStart: HEADER,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: all rows change their height
  useEffect(() => virtualizer.measure(), [height]);

  useImperativeHandle(handle, () => ({
    focus(index) {
      virtualizer.scrollToIndex(index, { align: "auto" });
      const id = rows[index]?.id;
      // The row is rendered only after the list has scrolled.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          element.current?.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus({ preventScroll: true });
        }),
      );
    },
  }));

  return (
    <ul ref={element} className={classes.list} style={{ height: virtualizer.getTotalSize() }} aria-label="Requests">
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const row = rows[index];
        if (row === undefined) return null;
        return (
          <li
            key={key}
            className={classes.place}
            style={{ height, transform: `translateY(${start - top}px)` }}
            aria-posinset={index + 1}
            aria-setsize={rows.length}
          >
            <RequestRow
              row={row}
              left={departures.get(row.id)}
              isTicked={selection.has(row.id)}
              isCurrent={row.id === current}
              onTick={selection.toggle}
              onDecide={onDecide}
              onFocus={onCurrent}
            />
          </li>
        );
      })}
    </ul>
  );
}
