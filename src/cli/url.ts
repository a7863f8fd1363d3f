/** `countersign url` */

import { importServer } from "../server-package.ts";
import { command } from "./command.ts";

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
    const { embeddedAddress } = await importServer(() => import("./embedded-address.ts"), "url");
    console.log(await embeddedAddress());
    return 0;
  },
});
