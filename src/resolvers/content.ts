/**
 * The long parts of a request: read on demand, once per operation, and only within the operation's budget.
 */

import type {
  ApprovalCondition,
  ApprovalRequest,
  RequestContent,
  RequestHead,
  RequestOrHead,
} from "../model/approvals.ts";
import { contextDigestOf } from "../model/json.ts";
import { riskOf } from "../model/risk.ts";
import type { Context } from "./context.ts";

const GONE: RequestContent = { description: null, context: {}, metadata: {} };

/** Description, context and metadata. @throws LIMIT_EXCEEDED */
export async function contentOf(request: RequestOrHead, { services, budget }: Context): Promise<RequestContent> {
  if ("context" in request) return request;
  if (request.content !== null) return request.content;
  const read = () => services.loaders.contents.load(request.id);
  const content = await (budget?.once(`content ${request.id}`, request.contentBytes, read) ?? read());
  return content ?? GONE;
}

/**
 * The whole request if its content is short, else without content: for short texts about many requests, which must not
 * fail because one request is long.
 */
export function briefOf(request: RequestOrHead): ApprovalRequest {
  if ("context" in request) return request;
  const { content, conditions, ...rest } = request;
  return { ...rest, ...(content ?? GONE), config: {}, results: {}, autoApproveConditions: conditions ?? [] };
}

/** Most bytes of content in all entries of one page. */
export const MOST_LISTED_BYTES = 1024 * 1024;

/** Marks the entry with which a page's content becomes too long, and all after it. */
export function omitLongContent(heads: readonly RequestHead[]): void {
  let bytes = 0;
  for (const head of heads) {
    bytes += head.contentBytes;
    head.contentOmitted = bytes > MOST_LISTED_BYTES;
  }
}

export const isContentOmitted = (request: RequestOrHead): boolean =>
  "contentOmitted" in request && request.contentOmitted === true;

/** The content; null if it is omitted from this entry of a page. */
export const listedContentOf = async (request: RequestOrHead, context: Context): Promise<RequestContent | null> =>
  isContentOmitted(request) ? null : contentOf(request, context);

/** The automatic conditions. @throws LIMIT_EXCEEDED */
export async function conditionsOf(
  request: RequestOrHead,
  { services, budget }: Context,
): Promise<ApprovalCondition[]> {
  if ("autoApproveConditions" in request) return request.autoApproveConditions;
  if (request.conditions !== null) return request.conditions;
  const read = () => services.loaders.conditions.load(request.id);
  const row = await (budget?.once(`conditions ${request.id}`, request.conditionsBytes, read) ?? read());
  return row?.autoApproveConditions ?? [];
}

/** The value of `metadata.risk`. */
export const shownRiskOf = (request: RequestOrHead): string | null =>
  riskOf("metadata" in request ? request.metadata : { risk: request.risk && parsedOrCut(request.risk) });

/** A JSON value that may be cut. */
function parsedOrCut(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json.replace(/^"/, "");
  }
}

/**
 * The digest of the content to decide on. It is stored with the request; for a request of an earlier version it is computed
 * here, once per operation and one per turn of the event loop.
 * @throws LIMIT_EXCEEDED
 */
export function contextDigest(request: RequestOrHead, context: Context): string | Promise<string> {
  if (request.contextDigest !== null) return request.contextDigest;
  const compute = async () => {
    const content = await contentOf(request, context);
    return inTurn(() => contextDigestOf({ ...content, title: request.title }));
  };
  return context.budget?.once(`digest ${request.id} ${request.version}`, 0, compute) ?? compute();
}

let last: Promise<unknown> = Promise.resolve();

/** Runs long work in its own turn of the event loop, so that other work is served in between. */
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
