/** Recognizes errors that PostgreSQL itself returns. */

import pg from "pg";

/** Whether the database rejected a statement. False for a lost connection and for all other errors. */
export const isDatabaseError = (error: unknown): error is pg.DatabaseError => error instanceof pg.DatabaseError;
