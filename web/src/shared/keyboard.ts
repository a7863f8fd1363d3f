/**
 * Keys without a modifier that do something on a page. A component registers its keys while it is on screen; the newest
 * registration of a key counts, so that a dialog or a page takes it from what is behind. Where somebody writes, keys
 * write.
 */

import { useEffect, useRef } from "react";
import { createStore } from "./store.ts";

export interface Shortcut {
  /** As `KeyboardEvent.key` has it: "j", "/", "?", "Enter". */
  key: string;
  /** What it does, for the help: "Next request". */
  does: string;
  /** Where it belongs in the help: "Inbox". */
  group: string;
  run(event: KeyboardEvent): void;
}

/** Those that count now, oldest registration first; the help lists them. */
export const shortcuts = createStore<readonly Shortcut[]>([]);
/** How many dialogs are open: the keys of what is behind them rest. */
let covered = 0;

const INTERACTIVE = "input, textarea, select, [contenteditable=true], [role=textbox], [role=listbox], [role=menu]";
const PRESSABLE = "a, button, summary, [role=button], [role=tab], [role=switch], [role=checkbox]";

export function startKeyboard(): () => void {
  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || covered > 0) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest(INTERACTIVE) !== null && !isTick(target)) return;
    // Enter and Space press what has the focus.
    if ((event.key === "Enter" || event.key === " ") && target.closest(PRESSABLE) !== null) return;
    const shortcut = shortcuts.get().findLast(({ key }) => key === event.key);
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run(event);
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

/** A tick box takes no letters. */
const isTick = (target: Element): boolean =>
  target instanceof HTMLInputElement && (target.type === "checkbox" || target.type === "radio");

/** The keys of the component that calls this; may be other ones with each drawing. */
export function useShortcuts(own: readonly Shortcut[]): void {
  const latest = useRef(own);
  latest.current = own;
  const names = own.map(({ key, does, group }) => `${key}\t${does}\t${group}`).join("\n");
  useEffect(() => {
    const registered = names === "" ? [] : names.split("\n").map(toShortcut);
    shortcuts.set([...shortcuts.get(), ...registered]);
    return () => shortcuts.set(shortcuts.get().filter((one) => !registered.includes(one)));

    function toShortcut(line: string): Shortcut {
      const [key, does, group] = line.split("\t") as [string, string, string];
      return { key, does, group, run: (event) => latest.current.find((one) => one.key === key)?.run(event) };
    }
  }, [names]);
}

/** While a dialog is open: the keys of the page behind it rest. */
export function useCover(isOpen: boolean): void {
  useEffect(() => {
    if (!isOpen) return;
    covered++;
    return () => void covered--;
  }, [isOpen]);
}
