/**
 * Loads the modules of a manager on first use. They need the database drivers, which a program that uses the API need
 * not have installed.
 */

import { loadBeside } from "../load-beside.ts";
import type { Gateway } from "./gateway.ts";
import type * as gatewayModule from "./manager-gateway.ts";
import type { GatewaySources } from "./manager-gateway.ts";
import type * as openModule from "./open-manager.ts";
import type { ApprovalManagerConfig, OpenManager } from "./open-manager.ts";

const load = <Module>(path: string) => loadBeside<Module>(import.meta.url, path, "A manager");

/** @throws TypeError or ConfigError for a wrong configuration; an Error that names the package that is not installed */
export const openManager = (config: ApprovalManagerConfig): OpenManager =>
  load<typeof openModule>("./open-manager").openManager(config);

export const managerGateway = (sources: GatewaySources): Gateway =>
  load<typeof gatewayModule>("./manager-gateway").managerGateway(sources);
