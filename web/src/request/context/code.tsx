/** A block of code. The highlighter is loaded later. */

import { Button } from "@mantine/core";
import { type ReactElement, useEffect, useMemo, useState } from "react";
import { visibleData } from "../../../../src/model/visible-text.ts";
import { Scrolled } from "../../shared/scrolled.tsx";
import { count } from "../../shared/words.ts";
import classes from "./context.module.css";

interface Props {
  text: string;
  language: string | null;
  label?: string;
}

/** Longer code takes too long to highlight. */
const MAX_MARKED = 60_000;
const FIRST_LINES = 40;

export function Code({ text: given, language, label = "Code" }: Props) {
  const text = useMemo(() => visibleData(given), [given]);
  const [isWhole, setWhole] = useState(false);
  const lines = text.split("\n");
  const hidden = lines.length - FIRST_LINES;
  const isCut = !isWhole && hidden > FIRST_LINES / 4;
  const shown = isCut ? lines.slice(0, FIRST_LINES).join("\n") : text;
  const marked = useHighlight(shown, language);
  return (
    <div className={classes.code}>
      <Scrolled label={label}>
        <pre>
          <code>{marked ?? shown}</code>
        </pre>
      </Scrolled>
      {isCut && (
        <Button variant="default" size="compact-sm" onClick={() => setWhole(true)}>
          Show {count(hidden, "more line")}
        </Button>
      )}
    </div>
  );
}

function useHighlight(text: string, language: string | null): ReactElement | null {
  const [marked, setMarked] = useState<{ of: string; element: ReactElement | null }>({ of: "", element: null });
  useEffect(() => {
    if (language === null || text.length > MAX_MARKED) return;
    let isWanted = true;
    import("./grammars.ts").then(
      ({ highlight }) => isWanted && setMarked({ of: text, element: highlight(text, language) }),
      // Without the highlighter, the code stays plain.
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [text, language]);
  return marked.of === text ? marked.element : null;
}
