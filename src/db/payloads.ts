/** The NOTIFY channel, and the prefixes of its payloads. */

/** The channel of the triggers in `migrations/`. */
export const CHANNEL = "countersign";

/** The payload after audit rows were written. */
export const LOG_PAYLOAD = "log";

/** Prefix of the payload after a newer token changed a person's roles. The hash of the person's id follows. */
export const PERSON_PAYLOAD = "person:";

/** Prefix of the payload with the time when a message of a channel is due. */
export const OUTBOX_PAYLOAD = "outbox:";

/** Prefix of the payload after people got notifications in the app. Hashes of their ids follow, separated by commas. */
export const NOTIFICATION_PAYLOAD = "told:";

/** Prefix of the payload after runs were started or changed. */
export const RUN_PAYLOAD = "run:";

/** Prefix of the payload after jobs logged lines. The ids of their runs follow, separated by commas. */
export const RUN_LOG_PAYLOAD = "runlog:";

/**
 * Prefix of the payload for a run that waits for a process to start it. The run's id and the orchestrator's name
 * follow.
 */
export const START_PAYLOAD = "start:";

/** The payload after an executor released its lease. Other executors can take over its runs. */
export const LEASE_PAYLOAD = "lease";

/** Prefix of the payload with the id of an executor whose waiting jobs were granted slots. */
export const SLOT_PAYLOAD = "slot:";
