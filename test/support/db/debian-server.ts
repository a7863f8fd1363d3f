/** Starts a server of Debian's PostgreSQL in a folder of its own, with a socket, sorted by German rules (ICU). */

import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { freePorts } from "../../../examples/restate/processes.ts";
import { dataDirAccount } from "../../../src/db/embedded/data-dir.ts";
import { environment, startPostmaster } from "../../../src/db/embedded/postmaster.ts";
import { spawn } from "../spawn.ts";

export interface DebianServer {
  /** A superuser's address. */
  url: string;
  /** The folder of its Unix socket. */
  socketFolder: string;
  port: number;
  stop(): Promise<void>;
}

/** @param programs the folder of `initdb` and `postgres` */
export async function startDebianServer(programs: string): Promise<DebianServer> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-debian-"));
  const account = dataDirAccount(folder);
  const [cluster, socketFolder] = [join(folder, "data"), join(folder, "run")];
  for (const path of [folder, cluster, socketFolder]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (account && process.getuid?.() === 0) chownSync(path, account.uid, account.gid);
  }
  const password = randomBytes(12).toString("hex");
  const identity = process.getuid?.() === 0 ? account : {};
  const flags = [
    `--pgdata=${cluster}`,
    ...["--username=postgres", "--auth=scram-sha-256", "--pwfile=/dev/stdin", "--encoding=UTF8", "--no-sync"],
    ...["--locale=C", "--locale-provider=icu", "--icu-locale=de-DE"],
  ];
  const script = ["-c", 'cat | "$@"', "sh", join(programs, "initdb"), ...flags];
  const initdb = spawn("/bin/sh", script, { ...identity, cwd: "/", env: environment() });
  initdb.stdout.resume();
  initdb.stdin.end(`${password}\n`);
  const [output, code] = await Promise.all([
    text(initdb.stderr),
    new Promise<number | null>((resolve) => initdb.once("close", resolve)),
  ]);
  if (code !== 0) throw new Error(`initdb failed: ${output}`);
  const [port] = (await freePorts(1)) as [number];
  const server = await startPostmaster({
    postgres: join(programs, "postgres"),
    cluster,
    account,
    port,
    durable: false,
    settings: { unix_socket_directories: socketFolder },
  });
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    socketFolder,
    port,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
