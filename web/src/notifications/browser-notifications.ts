/**
 * Browser notifications, shown while no tab of Countersign is visible. A button turns them on for this browser. Only
 * one tab shows each notification: the first one that takes its lock.
 */

import { addressAt } from "../shared/settings.ts";
import { createStore } from "../shared/store.ts";
import { browserNotificationOf, type MessageRow } from "./message-words.ts";

export type BrowserNotifications =
  /** The browser has no notifications, or none for pages over plain HTTP. */
  | "unsupported"
  /** The user refused. Only the browser's own settings can change that. */
  | "denied"
  | "off"
  | "on";

const KEY = "countersign-browser-notifications";
const VISIBLE_LOCK = "countersign-visible";
/** How long a tab holds the lock of a notification, in ms. A tab that is later replaces the notification by its tag. */
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
// A change in one tab applies to all of them.
addEventListener("storage", ({ key }) => {
  if (key === KEY) browserNotifications.set(read());
});

/** Turns notifications on. Asks for permission if necessary, so a press of a button must call it. */
export async function switchOn(): Promise<void> {
  if (!isSupported()) return;
  if (Notification.permission === "default") await Notification.requestPermission();
  store("on");
}

export const switchOff = (): void => store("off");

function store(value: "on" | "off"): void {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // Without storage, notifications stay off.
  }
  browserNotifications.set(read());
}

/** Holds a lock that other tabs can see while this tab is visible. @returns a function that stops this */
export function announceVisibility(): () => void {
  if (!isSupported()) return () => {};
  let release: (() => void) | undefined;
  const follow = () => {
    release?.();
    release = undefined;
    if (document.hidden) return;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    void navigator.locks.request(VISIBLE_LOCK, { mode: "shared" }, () => until);
  };
  follow();
  document.addEventListener("visibilitychange", follow);
  return () => {
    document.removeEventListener("visibilitychange", follow);
    release?.();
  };
}

/**
 * Shows a notification if they are on and no tab is visible. Only one tab shows it.
 * @param onPress called when the user clicks the notification
 */
export async function show(message: MessageRow, onPress: () => void): Promise<void> {
  if (read() !== "on" || !document.hidden || (await isAnyTabVisible())) return;
  await navigator.locks.request(`countersign-shown-${message.id}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) return;
    const { title, body, tag } = browserNotificationOf(message);
    try {
      const shown = new Notification(title, { body, tag, icon: addressAt("/icon.svg") });
      shown.onclick = () => {
        window.focus();
        shown.close();
        onPress();
      };
    } catch {
      // Some phones show notifications of installed applications only.
      browserNotifications.set("unsupported");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, CLAIMED_FOR_MS));
  });
}

async function isAnyTabVisible(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === VISIBLE_LOCK);
}
