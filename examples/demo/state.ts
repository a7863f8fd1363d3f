/** The state of the demo, from which it resumes: a database, the build, and the name of the run. */

import { mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startEmbedded } from "../../src/db/embedded/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { supervise } from "../processes/supervise.ts";

export interface State {
  database: { url: string; stop(): Promise<void> };
  /** The folder of the tarballs. */
  builds: string;
  executionId: string;
  /** Whether there was a run that had not ended. */
  isOld: boolean;
  /** Removes the state after the database is stopped. */
  remove(): Promise<void>;
}

/**
 * @param folder made if there is none
 * @param interrupted once it is aborted, PostgreSQL is not started again
 * @throws DataDirError if another demo uses the folder
 */
export async function openState(folder: string, interrupted: AbortSignal): Promise<State> {
  await mkdir(folder, { recursive: true });
  let port: number | undefined;
  const postgres = await supervise(
    "PostgreSQL",
    async () => {
      const server = await startEmbedded({ dataDir: folder, ...(port !== undefined && { port }) });
      port ??= server.port;
      return { ...server, exited: server.ended.then(() => "by itself"), end: server.stop };
    },
    interrupted,
  );
  const database = { url: postgres.first.url, stop: postgres.stop };
  try {
    await migrate(database.url);
    const builds = join(folder, "builds");
    await mkdir(builds, { recursive: true });
    const file = join(folder, "run");
    const old = await readFile(file, "utf8").catch(() => null);
    const executionId = old ?? `demo-${new Date().toISOString()}`;
    if (old === null) {
      // Written aside and renamed, so that a killed process leaves no half of a name.
      await writeFile(`${file}.new`, executionId);
      await rename(`${file}.new`, file);
    }
    const remove = async () => {
      // The data may be in another folder if this process runs as root.
      await rm(await realpath(join(folder, "postgres")), { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    };
    return { database, builds, executionId, isOld: old !== null, remove };
  } catch (error) {
    await database.stop();
    throw error;
  }
}
