/**
 * Messages that the browser shows while nobody looks at the page. Asked for by a button only, kept on or off for this
 * browser, and each message is shown by one tab alone: whichever takes its lock first, and only while no tab is looked at.
 */

import { addressAt } from "../shared/settings.ts";
import { createStore } from "../shared/store.ts";
import { type MessageRow, toldOutside } from "./message-words.ts";

export type BrowserNotifications =
  /** The browser has none, or not for pages that came over plain HTTP. */
  | "unsupported"
  /** The person refused once; only the browser's own settings change that. */
  | "denied"
  | "off"
  | "on";

const KEY = "countersign-browser-notifications";
const LOOKED_AT = "countersign-looked-at";
/** How long another tab may be behind with the same message, in ms; later ones replace it by its tag. */
const CLAIMED_FOR_MS = 60_000;

const isSupported = () => "Notification" in globalThis && "locks" in navigator;

function read(): BrowserNotifications {
  if (!isSupported()) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && stored() === "on" ? "on" : "off";
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const browserNotifications = createStore<BrowserNotifications>(read());
/** Other tabs follow. */
addEventListener("storage", ({ key }) => {
  if (key === KEY) browserNotifications.set(read());
});

/** Asks the person where that has not happened; to be called by a press of a button. */
export async function switchOn(): Promise<void> {
  if (!isSupported()) return;
  if (Notification.permission === "default") await Notification.requestPermission();
  keep("on");
}

export const switchOff = (): void => keep("off");

function keep(value: "on" | "off"): void {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // Without storage nothing is kept, and nothing is on.
  }
  browserNotifications.set(read());
}

/** While this tab is looked at, others know: it holds a lock that they can see. Returns what ends that. */
export function tellWhetherLookedAt(): () => void {
  if (!isSupported()) return () => {};
  let release: (() => void) | undefined;
  const follow = () => {
    release?.();
    release = undefined;
    if (document.hidden) return;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    void navigator.locks.request(LOOKED_AT, { mode: "shared" }, () => until);
  };
  follow();
  document.addEventListener("visibilitychange", follow);
  return () => {
    document.removeEventListener("visibilitychange", follow);
    release?.();
  };
}

/**
 * Shows a message where it is to be shown, by one tab alone.
 * @param onPress the person wants to see it
 */
export async function show(message: MessageRow, onPress: () => void): Promise<void> {
  if (read() !== "on" || !document.hidden || (await isLookedAt())) return;
  await navigator.locks.request(`countersign-told-${message.id}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) return;
    const { title, body, tag } = toldOutside(message);
    try {
      const shown = new Notification(title, { body, tag, icon: addressAt("/icon.svg") });
      shown.onclick = () => {
        window.focus();
        shown.close();
        onPress();
      };
    } catch {
      // Some phones show messages of installed applications only.
      browserNotifications.set("unsupported");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, CLAIMED_FOR_MS));
  });
}

async function isLookedAt(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === LOOKED_AT);
}
