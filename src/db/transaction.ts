/** The error of a transaction that COMMIT rolled back. */

/** COMMIT answered ROLLBACK: a statement before it had failed. */
export class TransactionAborted extends Error {
  override readonly name = "TransactionAborted";
  constructor() {
    super("the database rolled the transaction back");
  }
}
