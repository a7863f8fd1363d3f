/**
 * Email addresses of people. An id that is an email address is also the person's address. An address gives no rights.
 */

// Each dot ends a part, so a text matches in only one way, however long it is.
const LOOKS_LIKE_EMAIL = /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/;

/** Whether a text has the form of an email address. */
export const looksLikeEmail = (text: string): boolean => LOOKS_LIKE_EMAIL.test(text);

/** The address of a person: the known one, or the id if that is an address. */
export const addressOf = ({ userId, email }: { userId: string; email: string | null }): string | null =>
  email ?? (looksLikeEmail(userId) ? userId : null);
