/** How a transaction can end other than by its COMMIT. */

/** COMMIT answered ROLLBACK: a statement before it had failed. */
export class TransactionAborted extends Error {
  override readonly name = "TransactionAborted";
  constructor() {
    super("the database rolled the transaction back");
  }
}

// Class 08 is "connection exception", 57P0x an administrator's or a crash's shutdown.
const LOST = /^(08|57P0)/;
const SOCKET = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND"]);

/** Whether the error says that the connection is gone, rather than that a statement was refused. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && (LOST.test(code) || SOCKET.has(code))) return true;
  return /Connection terminated|connection error and is not queryable|trying to connect|Query read timeout/.test(
    error.message,
  );
}
