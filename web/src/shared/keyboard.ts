/**
 * Keyboard shortcuts without a modifier. A component registers its keys while it is mounted. The newest registration of
 * a key counts, so that a dialog overrides the page behind it. Shortcuts are off in text fields.
 */

import { useEffect, useRef } from "react";
import { createStore } from "./store.ts";

export interface Shortcut {
  /** A value of `KeyboardEvent.key`: "j", "/", "?", "Enter". */
  key: string;
  /** The text in the help: "Next request". */
  label: string;
  /** The section of the help: "Inbox". */
  group: string;
  run(event: KeyboardEvent): void;
}

/** The registered shortcuts, oldest registration first. The help lists them. */
export const shortcuts = createStore<readonly Shortcut[]>([]);
/** The number of open dialogs. While one is open, shortcuts are off. */
let covered = 0;

const INTERACTIVE = "input, textarea, select, [contenteditable=true], [role=textbox], [role=listbox], [role=menu]";
const PRESSABLE = "a, button, summary, [role=button], [role=tab], [role=switch], [role=checkbox]";

export function startKeyboard(): () => void {
  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || covered > 0) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest(INTERACTIVE) !== null && !isTick(target)) return;
    // Enter and Space press the focused element.
    if ((event.key === "Enter" || event.key === " ") && target.closest(PRESSABLE) !== null) return;
    const shortcut = shortcuts.get().findLast(({ key }) => key === event.key);
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run(event);
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

/** Checkboxes and radio buttons take no letters. */
const isTick = (target: Element): boolean =>
  target instanceof HTMLInputElement && (target.type === "checkbox" || target.type === "radio");

/** Registers the shortcuts of a component. They may change with each render. */
export function useShortcuts(own: readonly Shortcut[]): void {
  const latest = useRef(own);
  latest.current = own;
  const names = own.map(({ key, label, group }) => `${key}\t${label}\t${group}`).join("\n");
  useEffect(() => {
    const registered = names === "" ? [] : names.split("\n").map(toShortcut);
    shortcuts.set([...shortcuts.get(), ...registered]);
    return () => shortcuts.set(shortcuts.get().filter((shortcut) => !registered.includes(shortcut)));

    function toShortcut(line: string): Shortcut {
      const [key, label, group] = line.split("\t") as [string, string, string];
      return { key, label, group, run: (event) => latest.current.find((shortcut) => shortcut.key === key)?.run(event) };
    }
  }, [names]);
}

/** Turns the shortcuts of the page off while a dialog is open. */
export function useCover(isOpen: boolean): void {
  useEffect(() => {
    if (!isOpen) return;
    covered++;
    return () => void covered--;
  }, [isOpen]);
}
