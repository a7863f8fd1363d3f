/** Starts PgBouncer in front of a database, with the configuration of docs/database.md. */

import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../../examples/restate/processes.ts";
import { dataDirAccount } from "../../../src/db/embedded/data-dir.ts";
import { docPage } from "../docs/doc-page.ts";
import { spawn } from "../spawn.ts";

export interface Pooler {
  /** The database's address, through the pooler. */
  url: string;
  stop(): Promise<void>;
}

/**
 * @param program `pgbouncer`
 * @param url the database's own address, with a password
 */
export async function startPgbouncer(program: string, url: string): Promise<Pooler> {
  const { hostname, port: serverPort, pathname, username, password } = new URL(url);
  const name = pathname.slice(1);
  const [port] = (await freePorts(1)) as [number];
  const folder = mkdtempSync(join(tmpdir(), "countersign-pgbouncer-"));
  const file = join(folder, "pgbouncer.ini");
  const [shown] = docPage("database.md").blocks("Poolers", "ini") as [string];
  const database = `${name} = host=${hostname} port=${serverPort} dbname=${name} user=${username} password=${password}`;
  const ini = shown
    .replace(/^gate = .*$/m, database)
    .replace(/^listen_port = .*$/m, `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`)
    .replace(/^auth_type = .*\nauth_file = .*$/m, "auth_type = any\ndefault_pool_size = 4");
  writeFileSync(file, ini);
  // It refuses to run as root.
  const account = process.getuid?.() === 0 ? dataDirAccount(folder) : undefined;
  if (account) for (const path of [folder, file]) chownSync(path, account.uid, account.gid);
  const child = spawn(program, [file], { ...account, stdio: ["ignore", "ignore", "pipe"] });
  const closed = once(child, "close");
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("process up")) resolve();
    });
    child.once("close", () => reject(new Error(`pgbouncer ended: ${output}`)));
    child.once("error", reject);
  });
  const through = new URL(url);
  through.host = `127.0.0.1:${port}`;
  return {
    url: through.href,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await closed;
      clearTimeout(timer);
      rmSync(folder, { recursive: true });
    },
  };
}
