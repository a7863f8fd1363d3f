/** `countersign url` */

import { loadConfig } from "../config/config.ts";
import { command, Failure } from "./command.ts";

export const urlCommand = command({
  name: "url",
  about: "print the address of the embedded PostgreSQL of a running server, for an orchestrator",
  text:
    "Prints the address of the embedded PostgreSQL that runs in DATA_DIR, for an orchestrator or psql on the same machine. " +
    "The address contains the password of a superuser. Its port changes when the server starts again.",
  options: {},
  exits: "0, or 4 if no embedded PostgreSQL runs in DATA_DIR.",
  failureCode: 4,
  examples: ["DATABASE_URL=$(countersign url) node orchestrator.mjs", 'psql "$(countersign url)"'],
  async run() {
    const { dataDir, databaseUrl } = loadConfig(process.env);
    const [{ runningEmbedded }, { openSession }] = await Promise.all([
      import("../db/embedded/embedded-address.ts"),
      import("../db/session.ts"),
    ]);
    const url = runningEmbedded(dataDir);
    // The files of a server that was killed still name its port.
    const session = url === null ? null : await openSession({ url, name: "countersign command" }).catch(() => null);
    if (url === null || session === null) {
      const configured = databaseUrl === null ? "" : ". DATABASE_URL is set, so servers with this environment use none";
      throw new Failure(
        `no embedded PostgreSQL runs in ${dataDir}; start the server first, or set DATA_DIR to its folder${configured}`,
        4,
      );
    }
    await session.end();
    console.log(url);
    return 0;
  },
});
