/** The error of a transaction that COMMIT rolled back. */

/** PostgreSQL executed COMMIT as ROLLBACK, because an earlier statement had failed. */
export class TransactionAborted extends Error {
  override readonly name = "TransactionAborted";
  constructor() {
    super("the database rolled the transaction back");
  }
}
