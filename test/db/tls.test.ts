/**
 * TLS to the database, on a real server with a certificate: what each `sslmode` accepts, on every kind of connection.
 */

import { randomBytes } from "node:crypto";
import { chownSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SSL_MODES } from "../../src/config/database-address.ts";
import { type EmbeddedDatabase, startEmbedded } from "../../src/db/embedded/embedded.ts";
import { createPool } from "../../src/db/pool.ts";
import { openSession } from "../../src/db/session.ts";
import { openListenConnection } from "../../src/hub/listen-connection.ts";
import { POSTGRES_CERTIFICATE, POSTGRES_KEY } from "../support/db/postgres-certificate.ts";
import { coded, docPage } from "../support/docs/doc-page.ts";
import { HOOKS_CERTIFICATE, HOOKS_KEY } from "../support/notifications/webhook-certificate.ts";

const dataDir = join(tmpdir(), `countersign-tls-${randomBytes(6).toString("hex")}`);
const cluster = join(dataDir, "postgres");
const [root, key, stranger] = ["server.crt", "server.key", "stranger.crt"].map((name) => join(cluster, name)) as [
  string,
  string,
  string,
];
const HBA = `
hostssl by_certificate all all cert
hostssl all all all scram-sha-256
hostnossl plain all all scram-sha-256
`;
/** As in the table of docs/database.md. */
const MODES = docPage("database.md")
  .rows("TLS")
  .filter((cells) => cells.length === 3)
  .flatMap(([modes = "", encrypted, verified]) =>
    [...(modes.startsWith("none") ? ["none"] : []), ...coded(modes)].map(
      (mode) => [mode, encrypted, verified] as const,
    ),
  );
let server: EmbeddedDatabase;

/** Writes a file that only the server's account can read. */
function put(path: string, text: string): void {
  const { uid, gid } = statSync(join(cluster, "PG_VERSION"));
  writeFileSync(path, text, { mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}

async function run(...statements: string[]): Promise<void> {
  const session = await openSession({ url: addressOf("sslmode=no-verify"), name: "tests" }).catch(() =>
    openSession({ url: server.url, name: "tests" }),
  );
  for (const statement of statements) await session.query(statement);
  await session.end();
}

beforeAll(async () => {
  server = await startEmbedded({ dataDir, durable: false });
  put(root, POSTGRES_CERTIFICATE);
  put(key, POSTGRES_KEY);
  put(stranger, HOOKS_CERTIFICATE);
  put(join(cluster, "pg_hba.conf"), HBA);
  await run(
    "create database by_certificate",
    "create database plain",
    "alter system set ssl_ca_file = 'server.crt'",
    "alter system set ssl = on",
    "select pg_reload_conf()",
  );
});
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true });
});

/** The URL with the name in the certificate. */
function addressOf(query: string, database = "countersign"): string {
  const url = new URL(server.url);
  url.hostname = "localhost";
  url.pathname = `/${database}`;
  return `${url.href}?${query}`;
}

/** Whether each kind of connection has TLS; the reason if it is rejected. */
async function connect(url: string): Promise<string[]> {
  const TLS = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
  const said = (ssl: unknown) => (ssl === true ? "TLS" : "plain");
  const attempts = [
    async () => {
      const pool = createPool(url, { max: 1 });
      try {
        return said((await pool.query(TLS)).rows[0]?.ssl);
      } finally {
        await pool.end();
      }
    },
    async () => {
      const session = await openSession({ url, name: "tests" });
      const { rows } = await session.query(TLS);
      await session.end();
      return said(rows[0]?.ssl);
    },
    async () => {
      const options = { url, channel: "tls", onPayload: () => {}, heartbeatMs: 60_000, timeoutMs: 5_000 };
      const connection = await openListenConnection(options);
      const session = await openSession({ url, name: "tests" });
      const { rows } = await session.query(
        "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'countersign listen'",
      );
      await session.end();
      await connection.close();
      return said(rows[0]?.ssl);
    },
  ];
  return Promise.all(attempts.map((attempt) => attempt().catch((error: Error) => `refused: ${error.message}`)));
}

const every = (said: string | RegExp) => [said, said, said].map((one) => expect.stringMatching(one));

describe("the address of a database", () => {
  it.each(MODES)(
    "with sslmode %s is encrypted: %s, and the server is verified: %s",
    async (mode, encrypted, verified) => {
      const query = mode === "none" ? "" : `sslmode=${mode}`;
      const trusting = (path: string) => `${query}&sslrootcert=${encodeURIComponent(path)}`;
      if (encrypted === "no") {
        expect(await connect(addressOf(query, "plain"))).toEqual(every("plain"));
        expect(await connect(addressOf(query))).toEqual(every(/^refused: .*no encryption/));
      } else if (verified === "no") {
        expect(await connect(addressOf(query))).toEqual(every("TLS"));
      } else {
        expect(await connect(addressOf(trusting(root)))).toEqual(every("TLS"));
        expect(await connect(addressOf(query))).toEqual(every(/^refused: .*self-signed/));
        expect(await connect(addressOf(trusting(stranger)))).toEqual(every(/^refused: /));
      }
    },
  );

  it("has an sslmode that docs/database.md explains", () => {
    expect(MODES.map(([mode]) => mode).sort()).toEqual(["none", ...SSL_MODES].sort());
  });

  it("with uselibpqcompat=true treats require like psql", async () => {
    expect(await connect(addressOf("sslmode=require&uselibpqcompat=true"))).toEqual(every("TLS"));
  });

  it("with sslcert and sslkey authenticates the client, also for LISTEN", async () => {
    const query = new URLSearchParams({ sslmode: "verify-full", sslrootcert: root, sslcert: root, sslkey: key });
    const url = new URL(addressOf(query.toString(), "by_certificate"));
    url.password = "";
    expect(await connect(url.href)).toEqual(every("TLS"));
    url.searchParams.delete("sslcert");
    url.searchParams.delete("sslkey");
    expect(await connect(url.href)).toEqual(every(/^refused: .*certificate/));
  });

  it("rejects a certificate of another host, except with no-verify", async () => {
    put(root, HOOKS_CERTIFICATE);
    put(key, HOOKS_KEY);
    await run("select pg_reload_conf()");
    const query = `sslmode=require&sslrootcert=${encodeURIComponent(stranger)}`;
    await expect
      .poll(() => connect(addressOf(query)))
      .toEqual(every(/^refused: .*does not match certificate's altnames/));
    expect(await connect(addressOf("sslmode=no-verify"))).toEqual(every("TLS"));
  });
});
