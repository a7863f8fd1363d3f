/** Errors that PostgreSQL itself returns. */

import pg from "pg";

/** Whether the database refused a statement; false for a lost connection and for everything else. */
export const isDatabaseError = (error: unknown): error is pg.DatabaseError => error instanceof pg.DatabaseError;
