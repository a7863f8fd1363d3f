/** Characters that are shown by their numbers, characters that are unchanged, and texts without a visible character. */

import { describe, expect, it } from "vitest";
import { checkJobConfig } from "../../src/approvals/job-config.ts";
import { BUILT_IN_DEFAULTS, checkRequestInput } from "../../src/approvals/validation.ts";
import { printable } from "../../src/cli/values.ts";
import { isVisible, visible, visibleData } from "../../src/model/visible-text.ts";
import { inputOf } from "../support/approvals/requests.ts";

const HIDDEN: [string, string, string][] = [
  ["a zero width space", "Grant read\u200b to admin", "Grant read\\u{200b} to admin"],
  ["an override of the direction", "\u202enimda ot\u202c", "\\u{202e}nimda ot\\u{202c}"],
  ["an isolate", "\u2067abc\u2069", "\\u{2067}abc\\u{2069}"],
  ["marks of a direction", "a\u200e\u200f\u061cb", "a\\u{200e}\\u{200f}\\u{61c}b"],
  ["a byte order mark", "\ufeffprod", "\\u{feff}prod"],
  ["a soft hyphen", "pro\u00add", "pro\\u{ad}d"],
  ["a word joiner and invisible operators", "a\u2060\u2062\u2064b", "a\\u{2060}\\u{2062}\\u{2064}b"],
  ["tag characters", "go\u{e0067}\u{e006f}\u{e007f}", "go\\u{e0067}\\u{e006f}\\u{e007f}"],
  ["tags after an invalid flag", "🏴\u{e0075}\u{e0073}\u{e007f}", "🏴\\u{e0075}\\u{e0073}\\u{e007f}"],
  ["fillers", "\u115f\u1160\u3164\uffa0x", "\\u{115f}\\u{1160}\\u{3164}\\u{ffa0}x"],
  ["a blank of braille", "a\u2800b", "a\\u{2800}b"],
  ["separators of lines and paragraphs", "a\u2028b\u2029c\u0085d", "a\\u{2028}b\\u{2029}c\\u{85}d"],
  ["controls", "\u001b[2J\u0007\u009b1m\r", "\\u{1b}[2J\\u{7}\\u{9b}1m\\u{d}"],
  ["a joiner between Latin letters", "pro\u200dd pro\u200cd", "pro\\u{200d}d pro\\u{200c}d"],
  ["a joiner between an Arabic and a Latin letter", "ب\u200ca", "ب\\u{200c}a"],
  ["a joiner after an emoji that joins nothing", "🚀\u200d", "🚀\\u{200d}"],
  ["a variation selector after a letter", "a\ufe0f\u{e0101}b", "a\\u{fe0f}\\u{e0101}b"],
  ["bytes in variation selectors after an emoji", "😀\ufe0f\ufe00\u{e0150}", "😀\ufe0f\\u{fe00}\\u{e0150}"],
  ["a grapheme joiner", "a\u034fb", "a\\u{34f}b"],
  ["an annotation", "a\ufff9b\ufffac\ufffb", "a\\u{fff9}b\\u{fffa}c\\u{fffb}"],
  ["half of a character", "a\ud800b", "a\ufffdb"],
];

const SHOWN: [string, string][] = [
  ["a family", "👨‍👩‍👧‍👦 👩🏽‍🚀 🧑🏿‍❤️‍💋‍🧑🏻 🙂‍↔️"],
  ["emoji with their presentation", "❤️ ☎︎ ©️ 🏳️‍🌈 🏴‍☠️ 👁️‍🗨️"],
  ["the flags of England, Scotland and Wales", "🏴󠁧󠁢󠁥󠁮󠁧󠁿🏴󠁧󠁢󠁳󠁣󠁴󠁿🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇩🇪"],
  ["keycaps", "1️⃣ #️⃣"],
  ["Persian with its non-joiner", "می‌خواهم"],
  ["Bengali and Hindi with their joiners", "র‍্যাব क्‍ष"],
  ["Khmer with its breaks", "កម្ពុជា​ជា"],
  ["a name with a variant of a Han character", "葛\u{e0100}城市"],
  ["Mongolian with a variant", "ᠮᠣᠩᠭ\u180bᠣᠯ"],
  ["Hebrew and Arabic letters", "אישור مُوافَقَة \u0600١٢"],
  ["tabs and lines", "a\tb\nc"],
  ["a combining accent", "e\u0301"],
];

describe("an invisible character is shown by its number", () => {
  it.each(HIDDEN)("if it is %s", (_name, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(visibleData(text)).toBe(shown);
    expect(visible(shown)).toBe(shown);
  });

  it("if it is a blank that looks like a space, in data and not in prose", () => {
    expect(visibleData("ns\u00a0prod\u3000x\u2009")).toBe("ns\\u{a0}prod\\u{3000}x\\u{2009}");
    expect(visible("10\u00a0% schon\u202f!")).toBe("10\u00a0% schon\u202f!");
  });

  it("on one line in a terminal", () => {
    expect(printable("a\u200b\r\nb\tc\u{e0041}\u001b[1m")).toBe("a\\u{200b} b c\\u{e0041}\\u{1b}[1m");
  });
});

describe("ordinary text is shown unchanged", () => {
  it.each(SHOWN)("if it is %s", (_name, text) => {
    expect(visible(text)).toBe(text);
    expect(visibleData(text)).toBe(text);
  });

  it("a line with a Windows line ending is one line", () => {
    expect(visible("a\r\nb")).toBe("a\nb");
  });
});

const NOTHING = [
  ...[
    "\u200b",
    "\u3164",
    "\u2800",
    "\u{e0041}",
    "\u115f\u1160",
    "\ufeff",
    "\u00ad",
    "\ufe0f",
    "\u034f",
    "\u0001",
    "\u180e",
  ],
  ...[" \u200b\t\u00a0", "\u3000\u200d\n", "\u202e\u202c", "\u{e0100}\u{e007f}", "\u2028", "\u0085", "\u061c \u200e"],
];

describe("a text without a visible character", () => {
  it.each(NOTHING.map((text) => [JSON.stringify(text), text]))("is detected: %s", (_name, text) => {
    expect(isVisible(text)).toBe(false);
  });

  it.each(["x", "\u200bx", "🙂", "🏴", "\u0301", "\u0600", "ا", "-"])("is not %j", (text) => {
    expect(isVisible(text)).toBe(true);
  });

  const FIELDS = ["title", "workflowId", "jobId", "executionId", "requestedBy", "description"] as const;
  const LISTS = ["notifyUsers", "notifyRoles", "allowedApprovers", "escalateToUsers"] as const;
  it.each(NOTHING.map((text) => [JSON.stringify(text), text]))(
    "is refused in every field of a request: %s",
    (_name, text) => {
      const faulty = Object.fromEntries([
        ...FIELDS.map((field) => [field, text]),
        ...LISTS.map((field) => [field, ["bob", text]]),
      ]);
      const issues = checkRequestInput(inputOf(faulty), "orchestrator", BUILT_IN_DEFAULTS);
      expect(issues.map(({ path }) => path).sort()).toEqual([...FIELDS, ...LISTS.map((field) => `${field}.1`)].sort());
    },
  );

  it("is rejected in the configuration of a job", () => {
    const issues = checkJobConfig({ title: "\u200b", notifyUsers: ["bob", "\u3164"], description: "\u2800" });
    expect(issues.map(({ path }) => path).sort()).toEqual(["description", "notifyUsers.1", "title"]);
  });

  it("is not an empty optional text", () => {
    expect(checkRequestInput(inputOf({ description: "" }), "orchestrator", BUILT_IN_DEFAULTS)).toEqual([]);
  });
});
