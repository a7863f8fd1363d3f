/** A process with an embedded database: prints its address as one line of JSON, stops at SIGTERM. */

import { startEmbedded } from "../../../src/db/embedded/embedded.ts";
import { runOrExit } from "../../../src/log.ts";

await runOrExit(async () => {
  const database = await startEmbedded({ dataDir: process.argv[2] as string, durable: process.argv[3] !== "fast" });
  process.once("SIGTERM", async () => {
    await database.stop();
    process.exit(0);
  });
  console.log(JSON.stringify({ url: database.url, pid: database.pid }));
});
