/** The channel of the database's notifications, and how each kind of payload begins. */

/** The channel of the triggers in `migrations/`. */
export const CHANNEL = "countersign";

/** The payload that says that audit rows were written. */
export const LOG_PAYLOAD = "log";

/** Begins the payload that says that a newer token changed a person's roles; the hash of the person's id follows. */
export const PERSON_PAYLOAD = "person:";

/** Begins the payload that says when a message of a channel is to be sent. */
export const OUTBOX_PAYLOAD = "outbox:";

/** Begins the payload that says who has news in the app; hashes of their ids follow, separated by commas. */
export const TOLD_PAYLOAD = "told:";

/** Begins the payload that says which runs of workflows were started or changed. */
export const RUN_PAYLOAD = "run:";

/** Begins the payload that says whose jobs have logged lines; ids of runs follow, separated by commas. */
export const RUN_LOG_PAYLOAD = "runlog:";

/** Begins the payload that says that a run waits for a process to start it; its id and their name follow. */
export const START_PAYLOAD = "start:";

/** The payload that says that an executor gave up its lease: what it ran is for others to go on with. */
export const LEASE_PAYLOAD = "lease";

/** Begins the payload that names an executor whose waiting jobs were granted slots. */
export const SLOT_PAYLOAD = "slot:";
