/**
 * Cursors: base64url of a JSON list that starts with the connection and its order, so that a cursor is only taken where
 * it was given. They name a place, not a row: the row may be gone or have moved.
 */

import type { NotificationPosition } from "../db/queries/notifications.ts";
import type { RequestOrder, RequestPosition } from "../db/queries/request-lists.ts";
import type { SchedulePosition } from "../db/queries/schedules.ts";
import { FIRST_ID, type NotificationStart } from "../live/notification-updates.ts";
import type { EventPosition } from "../model/approvals.ts";
import { isRequestId } from "../model/request-id.ts";
import { badUserInput } from "./errors.ts";

/** A position in the log. A subscription from `resumeAt` on misses no entry after it. */
export interface LogCursor {
  position: EventPosition;
  resumeAt: EventPosition;
}

/** From the year 1, as PostgreSQL's calendar ends before JavaScript's does, to the end of JavaScript's. */
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 8.64e15;
const MAX_XID8 = 2n ** 64n;
const MAX_SEQ = 2n ** 63n;

const encode = (parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts), "utf8").toString("base64url");

/** Longer than any cursor of this server. */
const LONGEST_CURSOR = 4_000;

function decode(cursor: string, kind: string): unknown[] {
  if (cursor.length > LONGEST_CURSOR) throw wrongCursor();
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    // Only the exact form that this server writes is accepted.
    if (Array.isArray(parts) && parts[0] === kind && encode(parts) === cursor) return parts.slice(1);
  } catch {
    // Not JSON, so not a cursor of this server.
  }
  throw wrongCursor();
}

const wrongCursor = () => badUserInput("`after` is not a cursor of this list in this order; take one from its edges.");

/** The name of a list of requests in one order, as its cursors carry it. */
export const requestsIn = (order: RequestOrder): string => `requests:${order.field}:${order.direction}`;
export const INBOX = "pending";
export const ENDPOINTS = "endpoints";
export const RUNS = "runs";
export const COMMENTS = "comments";
const LINES = "run-log";
const LOG = "log";
const NOTIFICATIONS = "notifications";
const DELIVERIES = "deliveries";
const WORKFLOWS = "workflows";
const SCHEDULES = "schedules";

export const encodeRequest = (kind: string, position: RequestPosition): string =>
  encode([kind, position.at.getTime(), position.id]);

/**
 * @param isId the form of the ids of the list
 * @throws BAD_USER_INPUT if the cursor is not of this list
 */
export function decodeRequest(
  kind: string,
  cursor: string | null | undefined,
  isId: (id: string) => boolean = isRequestId,
): RequestPosition | null {
  if (cursor == null) return null;
  const [at, id, ...rest] = decode(cursor, kind);
  const isInstant = Number.isInteger(at) && (at as number) >= EARLIEST_MS && (at as number) <= LATEST_MS;
  const isPosition = isInstant && typeof id === "string" && isId(id);
  if (!isPosition || rest.length > 0) throw wrongCursor();
  return { at: new Date(at as number), id };
}

const isBelow = (limit: bigint, digits: unknown): digits is string =>
  typeof digits === "string" && /^(0|[1-9]\d{0,19})$/.test(digits) && BigInt(digits) < limit;

/**
 * @param horizon the transaction below which the log was complete when the row was read; a row at or above it may yet
 *   get neighbours before it, so its cursor remembers where following has to start
 */
export const encodeLog = (position: EventPosition, horizon?: string): string =>
  horizon !== undefined && BigInt(position.tx) >= BigInt(horizon)
    ? encode([LOG, position.tx, position.seq, horizon])
    : encode([LOG, position.tx, position.seq]);

/** @throws BAD_USER_INPUT if the cursor is not of the audit log */
export function decodeLog(cursor: string | null | undefined): LogCursor | null {
  if (cursor == null) return null;
  const [tx, seq, horizon, ...rest] = decode(cursor, LOG);
  if (!isBelow(MAX_XID8, tx) || !isBelow(MAX_SEQ, seq) || rest.length > 0) throw wrongCursor();
  if (horizon === undefined) return { position: { tx, seq }, resumeAt: { tx, seq } };
  if (!isBelow(MAX_XID8, horizon)) throw wrongCursor();
  return { position: { tx, seq }, resumeAt: { tx: horizon, seq: "0" } };
}

/** @param horizon the transaction below which no message was left to come when this one was read */
export const encodeNotification = ({ tx, id }: NotificationPosition, horizon: string): string =>
  BigInt(tx) >= BigInt(horizon) ? encode([NOTIFICATIONS, tx, id, horizon]) : encode([NOTIFICATIONS, tx, id]);

/** @throws BAD_USER_INPUT if the cursor is not of a person's notifications */
export function decodeNotification(cursor: string | null | undefined): NotificationStart | null {
  if (cursor == null) return null;
  const [tx, id, horizon, ...rest] = decode(cursor, NOTIFICATIONS);
  const position = positionOf(tx, id);
  if (rest.length > 0 || (horizon !== undefined && !isBelow(MAX_XID8, horizon))) throw wrongCursor();
  return { position, resumeAt: horizon === undefined ? position : { tx: horizon, id: FIRST_ID } };
}

export const encodeWorkflow = (name: string): string => encode([WORKFLOWS, name]);

/** @throws BAD_USER_INPUT if the cursor is not of the list of workflows */
export function decodeWorkflow(cursor: string | null | undefined): string | null {
  if (cursor == null) return null;
  const [name, ...rest] = decode(cursor, WORKFLOWS);
  if (typeof name !== "string" || name.includes("\0") || rest.length > 0) throw wrongCursor();
  return name;
}

export const encodeSchedule = ({ orchestrator, name }: SchedulePosition): string =>
  encode([SCHEDULES, orchestrator, name]);

/** @throws BAD_USER_INPUT if the cursor is not of the list of schedules */
export function decodeSchedule(cursor: string | null | undefined): SchedulePosition | null {
  if (cursor == null) return null;
  const [orchestrator, name, ...rest] = decode(cursor, SCHEDULES);
  const isText = (part: unknown) => typeof part === "string" && !part.includes("\0");
  if (!isText(orchestrator) || !isText(name) || rest.length > 0) throw wrongCursor();
  return { orchestrator: orchestrator as string, name: name as string };
}

export const encodeDelivery = ({ tx, id }: NotificationPosition): string => encode([DELIVERIES, tx, id]);

/** @throws BAD_USER_INPUT if the cursor is not of the list of all notifications */
export function decodeDelivery(cursor: string | null | undefined): NotificationPosition | null {
  if (cursor == null) return null;
  const [tx, id, ...rest] = decode(cursor, DELIVERIES);
  if (rest.length > 0) throw wrongCursor();
  return positionOf(tx, id);
}

function positionOf(tx: unknown, id: unknown): NotificationPosition {
  if (!isBelow(MAX_XID8, tx) || typeof id !== "string" || !isRequestId(id)) throw wrongCursor();
  return { tx, id };
}

/** A place in the log of a job, by the number of its line. */
export const encodeLine = (line: number): string => encode([LINES, line]);

/** @throws BAD_USER_INPUT if the cursor is not of a job's log */
export function decodeLine(cursor: string | null | undefined): number | null {
  if (cursor == null) return null;
  const [line] = decode(cursor, LINES);
  if (!Number.isInteger(line) || (line as number) < 1 || (line as number) >= 2 ** 31) throw wrongCursor();
  return line as number;
}
