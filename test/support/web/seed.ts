/** `npm run seed`: fills the inbox of a running development server with the sample requests. */

import { loadConfig } from "../../../src/config/config.ts";
import { runningEmbedded } from "../../../src/db/embedded/embedded-address.ts";
import { createPool } from "../../../src/db/pool.ts";
import { runOrExit } from "../../../src/log.ts";
import { secretOf } from "../../../src/server/auth/auth.ts";
import { claimsFor, signClaims } from "../../../src/server/auth/sign-token.ts";
import { fillSamples } from "./sample-stage.ts";

/** Longer than the samples take to create. */
const LASTS_SECONDS = 24 * 3_600;

await runOrExit(async () => {
  const config = loadConfig(process.env);
  const secret = config.development ? secretOf(config) : null;
  if (secret === null)
    throw new Error("samples are for development: unset NODE_ENV, AUTH_JWT_SECRET and AUTH_JWKS_URL");
  const url = (process.env.COUNTERSIGN_URL ?? `http://${config.host}:${config.port}`).replace(/\/$/, "");
  const ready = await fetch(`${url}/readyz`).catch(() => null);
  if (!ready?.ok) throw new Error(`no server is ready at ${url}: start one with npm run dev, or set COUNTERSIGN_URL`);
  const databaseUrl = config.databaseListenUrl ?? runningEmbedded(config.dataDir);
  if (databaseUrl === null) {
    throw new Error(`no database runs in ${config.dataDir}: set DATA_DIR or DATABASE_URL as for the server`);
  }

  const pool = createPool(databaseUrl, { application_name: "countersign seed" });
  try {
    const { rows } = await pool.query("select from workflow_runs where workflow_id = 'month-end-close'");
    if (rows.length > 0) {
      throw new Error(
        "the database already has the samples; delete its folder (DATA_DIR, .data by default) to start again",
      );
    }
    const { deploy } = await fillSamples({
      url,
      pool,
      tokenFor: (userId, { scope = "", roles = [] } = {}) =>
        signClaims(secret, claimsFor(config, { userId, roles, scopes: scope.split(" "), seconds: LASTS_SECONDS })),
    });
    console.log("The samples are in place: requests, runs, and five weeks of history. Sign in as bob@company.com, who");
    console.log(
      `decides most of them, or as admin@company.com, who sees everything; /requests/${deploy} is a good start.`,
    );
  } finally {
    await pool.end();
  }
});
