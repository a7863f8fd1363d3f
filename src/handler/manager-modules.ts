/**
 * What only a handler on a manager needs, loaded when there is one: it brings the database's drivers, which a program
 * behind the API need not even have installed. `require`, because who asks for a manager gets it at once.
 */

import { createRequire } from "node:module";
import { extname } from "node:path";
import { HOW_TO_GET_IT, missingPackage } from "../missing-package.ts";
import type { Gateway } from "./gateway.ts";
import type * as gatewayModule from "./manager-gateway.ts";
import type { GatewaySources } from "./manager-gateway.ts";
import type * as openModule from "./open-manager.ts";
import type { ApprovalManagerConfig, OpenManager } from "./open-manager.ts";

interface ManagerModules {
  open: typeof openModule;
  gateway: typeof gatewayModule;
}

let loaded: ManagerModules | undefined;
/** Codes of a module that is not beside this one, and of an `import.meta.url` that is not there. */
const IN_A_BUNDLE: ReadonlySet<string | undefined> = new Set([
  "MODULE_NOT_FOUND",
  "ERR_INVALID_ARG_VALUE",
  "ERR_INVALID_ARG_TYPE",
]);

/** @throws TypeError or ConfigError for a wrong configuration; an Error that names the package that is not installed */
export const openManager = (config: ApprovalManagerConfig): OpenManager => load().open.openManager(config);

export const managerGateway = (sources: GatewaySources): Gateway => load().gateway.managerGateway(sources);

function load(): ManagerModules {
  try {
    const require = createRequire(import.meta.url);
    const ending = extname(import.meta.url);
    loaded ??= {
      open: require(`./open-manager${ending}`) as typeof openModule,
      gateway: require(`./manager-gateway${ending}`) as typeof gatewayModule,
    };
  } catch (error) {
    const missing = missingPackage(error);
    if (missing !== undefined) {
      throw new Error(`A manager needs the package ${missing}: ${HOW_TO_GET_IT}.`, { cause: error });
    }
    if (!IN_A_BUNDLE.has((error as NodeJS.ErrnoException).code)) throw error;
    const message =
      "A manager cannot be bundled: mark the package as external (esbuild: --external:countersign), or use a handler " +
      "with url and token.";
    throw new Error(message, { cause: error });
  }
  return loaded;
}
