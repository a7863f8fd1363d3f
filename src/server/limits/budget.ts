/**
 * Counts the fields and the bytes of a result while it is produced. The cost estimate before an operation only guesses
 * the length of a list, and does not include bytes.
 */

import type { GraphQLError } from "graphql";
import type { Limits } from "../../config/limits.ts";
import type { Budget } from "../../resolvers/context.ts";
import { asGraphqlError } from "../graphql/errors.ts";
import { LimitError } from "./limit-error.ts";

/** The budget of one operation, or of one message of a subscription. */
export class AnswerBudget implements Budget {
  readonly #limits: Limits;
  readonly #read = new Map<string, Promise<unknown>>();
  #fields = 0;
  #bytes = 0;
  #bytesRead = 0;
  /** The error of the exceeded limit; null while the result is within its limits. */
  refusal: GraphQLError | null = null;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get bytesLeft(): number {
    return this.#limits.answerBytes - this.#bytes;
  }

  countFields(count: number): void {
    this.#fields += count;
    if (this.refusal !== null) throw this.refusal;
    const { cost } = this.#limits;
    if (this.#fields <= cost) return;
    this.#refuse(new LimitError("cost", "The operation's response has too many fields", null, cost));
  }

  countBytes(count: number): void {
    this.#bytes += count;
    this.#checkBytes(this.#bytes);
  }

  once<T>(key: string, bytes: number, read: () => Promise<T>): Promise<T> {
    const before = this.#read.get(key);
    if (before !== undefined) return before as Promise<T>;
    this.#bytesRead += bytes;
    try {
      this.#checkBytes(this.#bytesRead);
    } catch (error) {
      return Promise.reject(error);
    }
    const reading = read();
    this.#read.set(key, reading);
    return reading;
  }

  #checkBytes(count: number): void {
    if (this.refusal !== null) throw this.refusal;
    const { answerBytes } = this.#limits;
    if (count <= answerBytes) return;
    this.#refuse(new LimitError("answerBytes", "The operation's response has too many bytes", null, answerBytes));
  }

  #refuse(error: LimitError): never {
    this.refusal = asGraphqlError(error);
    throw this.refusal;
  }
}
