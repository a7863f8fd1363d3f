/** Checks the form of request ids. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Whether a text has the form of a request id. Any other text is an unknown id. */
export const isRequestId = (id: string): boolean => UUID.test(id);

// No row has this id, so a malformed id is treated like an unknown one.
const NO_ID = "00000000-0000-0000-0000-000000000000";
/** The id, or an id that no row has if it is malformed. */
export const idOf = (id: string) => (isRequestId(id) ? id : NO_ID);

/** The page of a request. @param base the address of the server's pages, without a slash at its end */
export const requestUrl = (base: string, requestId: string): string => `${base}/requests/${requestId}`;
