/**
 * What only a handler on a manager needs, loaded when there is one: it brings the database's drivers, which a program
 * behind the API need not even have installed. `require`, because who asks for a manager gets it at once.
 */

import { createRequire } from "node:module";
import { extname } from "node:path";
import type * as instanceModule from "../approvals/instance.ts";
import type { ApprovalManagerConfig } from "../approvals/instance.ts";
import type { ApprovalManager } from "../approvals/manager.ts";
import { HOW_TO_GET_IT, missingPackage } from "../missing-package.ts";
import type { Gateway } from "./gateway.ts";
import type * as gatewayModule from "./manager-gateway.ts";
import type { ManagerGatewayOptions } from "./manager-gateway.ts";

interface ManagerModules {
  instance: typeof instanceModule;
  gateway: typeof gatewayModule;
}

let loaded: ManagerModules | undefined;

/**
 * The process's one manager; the first call makes it, and later ones return it whatever they are given. It connects and
 * starts its timeout clock in the background, however long the database is away. It holds the process until
 * `closeApprovalManager`.
 * @throws TypeError or ConfigError for a wrong configuration; an Error that names the package that is not installed
 */
export const getApprovalManager = (config: ApprovalManagerConfig = {}): ApprovalManager =>
  load().instance.getApprovalManager(config);

/** Ends the manager with its clock and connections; the next `getApprovalManager` makes another. */
export async function closeApprovalManager(): Promise<void> {
  await loaded?.instance.closeApprovalManager();
}

/** @throws TypeError where the options lack what the manager's updates come from */
export const managerGateway = (options: ManagerGatewayOptions): Gateway => load().gateway.managerGateway(options);

function load(): ManagerModules {
  const require = createRequire(import.meta.url);
  const ending = extname(import.meta.url);
  try {
    loaded ??= {
      instance: require(`../approvals/instance${ending}`) as typeof instanceModule,
      gateway: require(`./manager-gateway${ending}`) as typeof gatewayModule,
    };
  } catch (error) {
    const missing = missingPackage(error);
    if (missing === undefined) throw error;
    throw new Error(`A manager needs the package ${missing}: ${HOW_TO_GET_IT}.`, { cause: error });
  }
  return loaded;
}
