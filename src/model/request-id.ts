/** The form of a request's id. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Whether an id has the form of ours; anything else is an unknown id. */
export const isRequestId = (id: string): boolean => UUID.test(id);

// No row has it; a malformed id goes the way of an unknown one.
const NO_ID = "00000000-0000-0000-0000-000000000000";
/** The id, or one that nothing has where it is malformed. */
export const idOf = (id: string) => (isRequestId(id) ? id : NO_ID);
