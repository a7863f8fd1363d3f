/** Opens the keyboard help with `?`. */

import { Suspense } from "react";
import { useNavigate } from "react-router";
import { prefetched } from "../shared/idle.tsx";
import { useCover, useShortcuts } from "../shared/keyboard.ts";
import { createStore, useStore } from "../shared/store.ts";

const KeyboardDialog = prefetched(async () => (await import("./keyboard-dialog.tsx")).KeyboardDialog);

/** Whether the help is open; null until it was opened once. */
const isOpen = createStore<boolean | null>(null);
export const openKeyboardHelp = () => isOpen.set(true);

export function KeyboardHelp() {
  const navigate = useNavigate();
  const open = useStore(isOpen);
  useCover(open === true);
  useShortcuts([
    { key: "?", label: "Show keyboard shortcuts", group: "Everywhere", run: openKeyboardHelp },
    { key: "i", label: "Go to the inbox", group: "Everywhere", run: () => navigate("/") },
  ]);
  if (open === null) return null;
  return (
    <Suspense>
      <KeyboardDialog isOpen={open} onClose={() => isOpen.set(false)} />
    </Suspense>
  );
}
