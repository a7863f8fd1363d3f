/**
 * The hub: the subscribers of a process behind its one LISTEN connection. Notifications are only hints, and subscribers
 * read the rows. After a lost connection, the next one compares versions, so no change is missed.
 */

import {
  LEASE_PAYLOAD,
  LOG_PAYLOAD,
  NOTIFICATION_PAYLOAD,
  OUTBOX_PAYLOAD,
  PERSON_PAYLOAD,
  RUN_LOG_PAYLOAD,
  RUN_PAYLOAD,
  SLOT_PAYLOAD,
  START_PAYLOAD,
} from "../db/payloads.ts";
import { SHORT } from "../db/queries/requests.ts";
import type { ApprovalRequest } from "../model/approvals.ts";
import { jsonLength } from "../model/json.ts";
import {
  type Change,
  type DueMessage,
  parseChanges,
  parseDue,
  parseRunChanges,
  parseStart,
  type RunChange,
  type RunToStart,
} from "./changes.ts";
import { Listening, type ListeningOptions, type ListeningStats } from "./listening.ts";
import { PersonKeys } from "./person-keys.ts";
import type { Subscriber, Subscription } from "./subscriber-index.ts";
import { TableSubscribers } from "./table-subscribers.ts";
import { KeyedTopic, Topic } from "./topic.ts";

export interface HubOptions extends ListeningOptions {
  /** ms between comparisons while there are subscribers. Default: a random value from 15,000 to 30,000 each time. */
  sweepIntervalMs?: number;
}

export interface HubStats extends ListeningStats {
  /** Subscribers to requests and to runs. */
  subscribers: number;
  /** Subscribers to topics: changes, log, people, outbox, notifications, runs, leases, slots and reconnects. */
  topicSubscribers: number;
}

export interface Hub {
  /**
   * Resolves when a notification that the hub sent has arrived over the LISTEN connection. Call it once.
   * @throws if the database cannot be reached, or if a pooler in between drops notifications
   */
  start(): Promise<void>;
  /** Ends the connection and the sweeps. Subscribers receive no more hints. */
  stop(): Promise<void>;
  /** Whether the LISTEN connection is open. While it is not, subscribers depend on the sweep. */
  readonly up: boolean;
  /**
   * Subscribes to a request. Subscribe first, then read the row, then pass its version to `seen` of the subscription.
   * @param version the version that the subscriber already has; 0 for none
   * @throws TypeError if `id` is not a UUID
   */
  subscribe(id: string, version: number, subscriber: Subscriber): Subscription;
  /** Subscribes to a run of a workflow. */
  subscribeToRun(id: string, version: number, subscriber: Subscriber): Subscription;
  /**
   * Delivers requests that this process has committed to its own subscribers. They neither wait for the notification, which
   * reaches all processes later, nor read the row. Of a request with long content they get a hint, because a slow
   * subscriber would hold that content, and the head that it reads is without it.
   */
  deliver(requests: readonly ApprovalRequest[]): void;
  /** Calls the listener with the changed requests, once for each notification. Returns a function that unsubscribes. */
  onChange(listener: (changes: readonly Change[]) => void): () => void;
  /** Calls the listener when audit rows were written. Returns a function that unsubscribes. */
  onLog(listener: () => void): () => void;
  /**
   * Calls the listener with the id of a known person whose roles a newer token changed. Returns a function that
   * unsubscribes.
   */
  onPerson(listener: (id: string) => void): () => void;
  /** Registers a person, so that `onPerson` reports their id. Payloads contain only hashes. */
  knowPerson(id: string): void;
  /** Reverses one call of `knowPerson`. */
  forgetPerson(id: string): void;
  /** Calls the listener when a message was written or released. Returns a function that unsubscribes. */
  onOutbox(listener: (due: DueMessage) => void): () => void;
  /**
   * Calls the listener when the person may have new notifications in the app, or has read some. Returns a function that
   * unsubscribes.
   */
  onNotifications(recipient: string, listener: () => void): () => void;
  /** Calls the listener with runs that were started or changed. Returns a function that unsubscribes. */
  onRuns(listener: (changes: readonly RunChange[]) => void): () => void;
  /** Calls the listener with a run that waits for a process to start it. Returns a function that unsubscribes. */
  onStart(listener: (run: RunToStart) => void): () => void;
  /** Calls the listener when a job of this run has logged lines. Returns a function that unsubscribes. */
  onRunLog(runId: string, listener: () => void): () => void;
  /** Calls the listener when an executor released its lease. Returns a function that unsubscribes. */
  onLease(listener: () => void): () => void;
  /**
   * Calls the listener with the id of an executor whose waiting jobs were granted slots. Returns a function that
   * unsubscribes.
   */
  onSlots(listener: (executorId: string) => void): () => void;
  /**
   * Calls the listener after every (re)connect, because notifications may have been missed. Returns a function that
   * unsubscribes.
   */
  onResync(listener: () => void): () => void;
  stats(): HubStats;
}

/** Creates a hub that is not started yet. Subscribers may already register. */
export function createHub(options: HubOptions): Hub {
  return new ListenHub(options);
}

/** Whether the fields that a head omits or limits are short. */
function isShort(request: ApprovalRequest): boolean {
  const { description, context, metadata, config, results, autoApproveConditions } = request;
  return jsonLength([description, context, metadata, config, results, autoApproveConditions], SHORT) <= SHORT;
}

class ListenHub implements Hub {
  readonly #options: HubOptions;
  readonly #listening: Listening;
  readonly #requestSubscribers: TableSubscribers;
  readonly #runSubscribers: TableSubscribers;
  readonly #failed = (error: unknown) => this.#options.log.error({ err: error }, "a subscriber of the hub failed");
  readonly #changes = new Topic<readonly Change[]>(this.#failed);
  readonly #log = new Topic<void>(this.#failed);
  readonly #people = new Topic<string>(this.#failed);
  readonly #outbox = new Topic<DueMessage>(this.#failed);
  readonly #runs = new Topic<readonly RunChange[]>(this.#failed);
  readonly #starts = new Topic<RunToStart>(this.#failed);
  /** By the id of the run. */
  readonly #runLogs = new KeyedTopic(this.#failed);
  readonly #leases = new Topic<void>(this.#failed);
  readonly #slots = new Topic<string>(this.#failed);
  readonly #resyncs = new Topic<void>(this.#failed);
  readonly #personKeys = new PersonKeys();
  /** By the id of the person. */
  readonly #personNotifications = new KeyedTopic(this.#failed);

  constructor(options: HubOptions) {
    this.#options = options;
    this.#requestSubscribers = new TableSubscribers("approval_requests", options, this.#failed);
    this.#runSubscribers = new TableSubscribers("workflow_runs", options, this.#failed);
    this.#listening = new Listening(options, this.#personKeys, {
      onPayload: (payload) => this.#receive(payload),
      onConnect: () => {
        this.#requestSubscribers.sweep.now();
        this.#runSubscribers.sweep.now();
        this.#resyncs.publish();
      },
      onNewKey: () => this.#resyncs.publish(),
    });
  }

  get up(): boolean {
    return this.#listening.up;
  }

  start(): Promise<void> {
    return this.#listening.start();
  }

  async stop(): Promise<void> {
    await this.#listening.stop();
    await Promise.all([this.#requestSubscribers.sweep.stop(), this.#runSubscribers.sweep.stop()]);
  }

  subscribe(id: string, version: number, subscriber: Subscriber): Subscription {
    return this.#requestSubscribers.add(id, version, subscriber);
  }

  subscribeToRun(id: string, version: number, subscriber: Subscriber): Subscription {
    return this.#runSubscribers.add(id, version, subscriber);
  }

  deliver(requests: readonly ApprovalRequest[]): void {
    const { short = [], long = [] } = Object.groupBy(requests, (request) => (isShort(request) ? "short" : "long"));
    this.#requestSubscribers.deliver(short);
    this.#requestSubscribers.hint(long);
  }

  onChange(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.add(listener);
  }

  onLog(listener: () => void): () => void {
    return this.#log.add(listener);
  }

  onPerson(listener: (id: string) => void): () => void {
    return this.#people.add(listener);
  }

  knowPerson(id: string): void {
    this.#personKeys.add(id);
  }

  forgetPerson(id: string): void {
    this.#personKeys.remove(id);
  }

  onOutbox(listener: (due: DueMessage) => void): () => void {
    return this.#outbox.add(listener);
  }

  onNotifications(recipient: string, listener: () => void): () => void {
    this.#personKeys.add(recipient);
    const end = this.#personNotifications.add(recipient, listener);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      end();
      this.#personKeys.remove(recipient);
    };
  }

  onRuns(listener: (changes: readonly RunChange[]) => void): () => void {
    return this.#runs.add(listener);
  }

  onStart(listener: (run: RunToStart) => void): () => void {
    return this.#starts.add(listener);
  }

  onRunLog(runId: string, listener: () => void): () => void {
    return this.#runLogs.add(runId, listener);
  }

  onLease(listener: () => void): () => void {
    return this.#leases.add(listener);
  }

  onSlots(listener: (executorId: string) => void): () => void {
    return this.#slots.add(listener);
  }

  onResync(listener: () => void): () => void {
    return this.#resyncs.add(listener);
  }

  stats(): HubStats {
    const runTopics = [this.#runs, this.#starts, this.#leases, this.#slots];
    const topics = [this.#changes, this.#log, this.#people, this.#outbox, ...runTopics, this.#resyncs];
    return {
      subscribers: this.#requestSubscribers.index.size + this.#runSubscribers.index.size,
      topicSubscribers: topics.reduce(
        (sum, { size }) => sum + size,
        this.#personNotifications.size + this.#runLogs.size,
      ),
      ...this.#listening.stats(),
    };
  }

  #receive(payload: string): void {
    if (payload === LOG_PAYLOAD) this.#log.publish();
    else if (payload.startsWith(PERSON_PAYLOAD))
      this.#publishToPerson(payload.slice(PERSON_PAYLOAD.length), this.#people);
    else if (payload.startsWith(OUTBOX_PAYLOAD)) this.#outbox.publish(parseDue(payload));
    else if (payload.startsWith(RUN_PAYLOAD)) {
      const changes = parseRunChanges(payload);
      this.#runSubscribers.hint(changes);
      this.#runs.publish(changes);
    } else if (payload.startsWith(RUN_LOG_PAYLOAD)) {
      for (const id of payload.slice(RUN_LOG_PAYLOAD.length).split(",")) this.#runLogs.publish(id);
    } else if (payload.startsWith(START_PAYLOAD)) this.#starts.publish(parseStart(payload));
    else if (payload === LEASE_PAYLOAD) this.#leases.publish();
    else if (payload.startsWith(SLOT_PAYLOAD)) this.#slots.publish(payload.slice(SLOT_PAYLOAD.length));
    else if (payload.startsWith(NOTIFICATION_PAYLOAD)) {
      for (const hash of payload.slice(NOTIFICATION_PAYLOAD.length).split(","))
        this.#publishToPerson(hash, this.#personNotifications);
    } else {
      const changes = parseChanges(payload);
      this.#requestSubscribers.hint(changes);
      if (changes.length > 0) this.#changes.publish(changes);
    }
  }

  #publishToPerson(hash: string, topic: { publish(id: string): void }): void {
    const id = this.#personKeys.find(hash);
    if (id !== undefined) topic.publish(id);
  }
}
