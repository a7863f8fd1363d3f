/**
 * What of a request may be long: read when it is asked for, once for an operation, and only where the operation's budget
 * has room for it.
 */

import { contextDigestOf } from "../approvals/json.ts";
import type {
  ApprovalCondition,
  ApprovalRequest,
  RequestContent,
  RequestHead,
  ShownRequest,
} from "../approvals/model.ts";
import { riskOf } from "../approvals/risk.ts";
import type { Context } from "./context.ts";

const GONE: RequestContent = { description: null, context: {}, metadata: {} };

/** Description, context and metadata. @throws LIMIT_EXCEEDED */
export async function contentOf(request: ShownRequest, { services, budget }: Context): Promise<RequestContent> {
  if ("context" in request) return request;
  if (request.content !== null) return request.content;
  const read = () => services.loaders.contents.load(request.id);
  const content = await (budget?.once(`content ${request.id}`, request.contentBytes, read) ?? read());
  return content ?? GONE;
}

/**
 * The whole request where its content is short, else without content: for what says a word about many requests, which
 * must not fail because one of them is long.
 */
export function briefOf(request: ShownRequest): ApprovalRequest {
  if ("context" in request) return request;
  const { content, conditions, ...rest } = request;
  return { ...rest, ...(content ?? GONE), config: {}, results: {}, autoApproveConditions: conditions ?? [] };
}

/** Bytes of content that the entries of one page may hold together. */
export const MOST_LISTED_BYTES = 1024 * 1024;

/** Marks the entries of a page from the one on with which the content of all would be too long. */
export function omitLongContent(heads: readonly RequestHead[]): void {
  let bytes = 0;
  for (const head of heads) {
    bytes += head.contentBytes;
    head.contentOmitted = bytes > MOST_LISTED_BYTES;
  }
}

export const isContentOmitted = (request: ShownRequest): boolean =>
  "contentOmitted" in request && request.contentOmitted === true;

/** The content, unless the entries of the page before this one, and its own, are too long together. */
export const listedContentOf = async (request: ShownRequest, context: Context): Promise<RequestContent | null> =>
  isContentOmitted(request) ? null : contentOf(request, context);

/** The automatic conditions. @throws LIMIT_EXCEEDED */
export async function conditionsOf(request: ShownRequest, { services, budget }: Context): Promise<ApprovalCondition[]> {
  if ("autoApproveConditions" in request) return request.autoApproveConditions;
  if (request.conditions !== null) return request.conditions;
  const read = () => services.loaders.conditions.load(request.id);
  const row = await (budget?.once(`conditions ${request.id}`, request.conditionsBytes, read) ?? read());
  return row?.autoApproveConditions ?? [];
}

/** What `metadata.risk` says. */
export const shownRiskOf = (request: ShownRequest): string | null =>
  riskOf("metadata" in request ? request.metadata : { risk: request.risk && parsedOrCut(request.risk) });

/** A value of which only the beginning may be there. */
function parsedOrCut(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json.replace(/^"/, "");
  }
}

/**
 * The digest of what an approver judges. It is stored with the request; of a request of an earlier version it is worked
 * out here, once for an operation, and one in a turn of the event loop.
 * @throws LIMIT_EXCEEDED
 */
export function contextDigest(request: ShownRequest, context: Context): string | Promise<string> {
  if (request.contextDigest !== null) return request.contextDigest;
  const compute = async () => {
    const content = await contentOf(request, context);
    return inTurn(() => contextDigestOf({ ...content, title: request.title }));
  };
  return context.budget?.once(`digest ${request.id} ${request.version}`, 0, compute) ?? compute();
}

let last: Promise<unknown> = Promise.resolve();

/** Runs long work in a turn of its own, so that others are served in between. */
function inTurn<T>(work: () => T): Promise<T> {
  const done = last.then(
    () =>
      new Promise<T>((resolve, reject) => {
        setImmediate(() => {
          try {
            resolve(work());
          } catch (error) {
            reject(error);
          }
        });
      }),
  );
  last = done.catch(() => {});
  return done;
}
