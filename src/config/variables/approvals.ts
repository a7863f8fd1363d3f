/** The environment variables of requests: timeouts and the audit log. */

import { LONGEST_TIMER_MS, MAX_DURATION_MS } from "../../model/durations.ts";
import { flag, integer, oneOf } from "./kinds.ts";

export const APPROVAL_VARIABLES = {
  APPROVAL_TIMEOUT_CHECK_INTERVAL: integer({
    about: "Milliseconds between safety sweeps. Timeouts do not depend on them and take effect on time.",
    default: 60_000,
    from: 1,
    to: LONGEST_TIMER_MS,
    example: "15000",
  }),
  APPROVAL_DEFAULT_TIMEOUT: integer({
    about: "Milliseconds until a request expires, if it sets no timeout.",
    default: 3_600_000,
    from: 1,
    to: MAX_DURATION_MS,
    example: "86400000",
  }),
  APPROVAL_DEFAULT_TIMEOUT_ACTION: oneOf(["approve", "reject", "escalate"], {
    about: "What happens when a request expires, if it sets no action.",
    default: "reject",
    example: "escalate",
  }),
  APPROVAL_ENABLE_AUDIT_LOG: flag({
    about:
      "`false` omits the details of the audit log: IP address, user agent and metadata. Its rows are always written.",
    default: true,
    example: "false",
  }),
};
