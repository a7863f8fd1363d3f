/** Reads the token of a command. It is never printed. */

import { readFileSync } from "node:fs";
import type { TokenSource } from "../client/tokens.ts";
import { decodeUtf8 } from "../model/utf8.ts";

const LOOKS_LIKE_TOKEN = /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;
/** The end of a message about a missing or refused token. */
export const HOW_TO_GET_ONE = "countersign token creates one with the secret of the server";

const secrets = new Set<string>();

/** Stores a token, so that messages can omit it. */
function kept(token: string): string {
  if (token.length >= 8) secrets.add(token);
  return token;
}

/** Removes tokens from a message. */
export function withoutTokens(message: string): string {
  let text = message;
  for (const secret of secrets) text = text.replaceAll(secret, "[hidden]");
  return text.replaceAll(LOOKS_LIKE_TOKEN, "[hidden]");
}

/**
 * The source of the token: the token itself, or `@FILE`, which is read for each connection, so that a token that
 * expires can be renewed during a long wait.
 * @throws TypeError if there is no token
 */
export function tokenSource(given: string | undefined, env: NodeJS.ProcessEnv): TokenSource {
  const name = given === undefined ? "COUNTERSIGN_TOKEN" : "--token";
  const held = (given ?? env.COUNTERSIGN_TOKEN ?? "").trim();
  if (held === "") {
    throw new TypeError(
      `--token is not given; it may be a token or @FILE, also as COUNTERSIGN_TOKEN; ${HOW_TO_GET_ONE}`,
    );
  }
  if (!held.startsWith("@")) return kept(held);
  const path = held.slice(1);
  const read = () => {
    try {
      return kept(decodeUtf8(readFileSync(path)).trim());
    } catch (error) {
      const { code = "unknown" } = error as NodeJS.ErrnoException;
      throw new TypeError(`${name} is "@${path}", which cannot be read (${code}); it may be a token or @FILE`);
    }
  };
  read();
  return read;
}
