/** Addresses of people: an id that is an e-mail address is its own address. Such an address gives no right. */

// Each dot ends a part, so there is one way to read a text, however long.
const LOOKS_LIKE_EMAIL = /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/;

/** Whether a text has the form of an e-mail address. */
export const looksLikeEmail = (text: string): boolean => LOOKS_LIKE_EMAIL.test(text);

/** The address of a person: the known one, else the id where that is an address. */
export const addressOf = ({ userId, email }: { userId: string; email: string | null }): string | null =>
  email ?? (looksLikeEmail(userId) ? userId : null);
