/** Loads the modules of a manager on first use: they belong to the server, with its database drivers. */

import { requireServer } from "../server-package.ts";
import type { Gateway } from "./gateway.ts";
import type * as gatewayModule from "./manager-gateway.ts";
import type { GatewaySources } from "./manager-gateway.ts";
import type * as openModule from "./open-manager.ts";
import type { ApprovalManagerConfig, OpenManager } from "./open-manager.ts";

const load = <Module>(name: string) => requireServer<Module>(`handler/${name}`, "A manager");

/** @throws TypeError or ConfigError for a wrong configuration; an Error that names the package that is not installed */
export const openManager = (config: ApprovalManagerConfig): OpenManager =>
  load<typeof openModule>("open-manager").openManager(config);

export const managerGateway = (sources: GatewaySources): Gateway =>
  load<typeof gatewayModule>("manager-gateway").managerGateway(sources);
