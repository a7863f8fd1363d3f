/** The button that exports all requests that match the filters as a CSV file. */

import { Button, Group, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { ApprovalRequestFilter } from "../generated/graphql.ts";
import { Icon } from "../shared/icons.tsx";
import { notify } from "../shared/notices.tsx";
import { dayOf } from "../shared/period.ts";
import { serverNow } from "../shared/server-clock.ts";
import { count } from "../shared/words.ts";
import { exportAll, fileName, MAX_ROWS } from "./export.ts";
import { exportPages } from "./read-page.ts";

export function ExportButton({ filter, disabled }: { filter: ApprovalRequestFilter; disabled: boolean }) {
  const [rows, setRows] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const run = async () => {
    const controller = new AbortController();
    running.current = controller;
    setRows(0);
    try {
      const done = await exportAll(exportPages(filter, controller.signal), setRows, controller.signal);
      save(done.parts);
      const what = count(done.rows, "request");
      const words = done.isCut ? `The newest ${what} were exported; older ones are not included.` : `Exported ${what}.`;
      notify({ text: words, tone: done.isCut ? "plain" : "good" });
    } catch (error) {
      if (!controller.signal.aborted) {
        const reason = error instanceof TypeError ? "The server cannot be reached." : (error as Error).message;
        notify({ text: `The export failed. ${reason}`, tone: "bad" });
      }
    } finally {
      setRows(null);
    }
  };

  if (rows !== null) {
    return (
      <Group gap="xs">
        <Text size="sm" className="numbers">
          Exporting… {count(rows, "request")}
        </Text>
        <Button variant="default" onClick={() => running.current?.abort()}>
          Stop
        </Button>
      </Group>
    );
  }
  return (
    <Button
      variant="default"
      leftSection={<Icon name="download" size={16} />}
      disabled={disabled}
      title={`All requests that match the filters, up to the newest ${MAX_ROWS.toLocaleString()}`}
      onClick={() => void run()}
    >
      Export as CSV
    </Button>
  );
}

function save(parts: string[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName(dayOf(serverNow()));
  link.click();
  URL.revokeObjectURL(url);
}
