/** The page of a request once it is loaded. */

import { Alert, Button, Paper, Text, Title } from "@mantine/core";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useViewer } from "../api/viewer.tsx";
import { DecideDialog } from "../decision/decide-dialog.tsx";
import type { Decision } from "../decision/decision-model.ts";
import { mayComment } from "../decision/policy-words.ts";
import { ErrorBoundary } from "../shared/error-boundary.tsx";
import { useShortcuts } from "../shared/keyboard.ts";
import { useNow } from "../shared/now.tsx";
import { usePageTitle } from "../shared/page.tsx";
import { useOverflow } from "../shared/scrolled.tsx";
import { ChangedContent } from "./changed-content.tsx";
import { type Content, contentChanges } from "./content-changes.ts";
import { Fields } from "./context/value.tsx";
import { Conversation } from "./conversation.tsx";
import { Deciders } from "./deciders.tsx";
import { DecisionPanel } from "./decision-panel.tsx";
import classes from "./request.module.css";
import { RequestHeader } from "./request-header.tsx";
import { Timeline } from "./timeline.tsx";
import type { Request, useRequest } from "./use-request.ts";

/** Optional: without it, the page still has everything that a decision needs. */
const RequestRun = lazy(() => import("../run/request-run.tsx").catch(() => ({ default: () => null })));
/** Without it, the description is shown as plain text. */
const Markdown = lazy(() => import("./context/markdown.tsx").catch(() => ({ default: Plain })));

interface Props {
  request: Request;
  live: ReturnType<typeof useRequest>;
}

export function RequestView({ request, live }: Props) {
  const viewer = useViewer();
  usePageTitle(request.title);
  const [decision, setDecision] = useState<Decision | null>(null);
  // The content that the viewer has reviewed. A decision is about this, even if a newer version has arrived.
  const [seen, setSeen] = useState<Content>(request);
  const isChanged = seen.contextDigest !== request.contextDigest;
  const isOver = useNow((now) => Number(Date.parse(request.expiresAt) <= now.getTime())) === 1;
  const canDecide = request.canApprove && request.isOpen && !isOver;
  const aside = useRef<HTMLElement>(null);
  const asideScrolls = useOverflow(aside);
  const changed = useRef<HTMLHeadingElement>(null);
  const [focusRequests, setFocusRequests] = useState(0);
  const focusChanges = () => setFocusRequests((times) => times + 1);
  useEffect(() => {
    if (focusRequests === 0 || !isChanged) return;
    // A closing dialog returns the focus first.
    const later = setTimeout(() => changed.current?.focus(), 100);
    return () => clearTimeout(later);
  }, [focusRequests, isChanged]);

  const decide = (wanted: Decision) => (isChanged ? focusChanges() : setDecision(wanted));
  const canComment = mayComment(request, viewer);
  useShortcuts([
    ...(canDecide
      ? [
          { key: "a", label: "Approve", group: "Request", run: () => decide("APPROVE") },
          { key: "r", label: "Reject", group: "Request", run: () => decide("REJECT") },
        ]
      : []),
    ...(canComment
      ? [{ key: "c", label: "Comment", group: "Request", run: () => document.getElementById("comment")?.focus() }]
      : []),
  ]);

  return (
    <article className={classes.page} data-decides={canDecide || undefined} data-ended={!request.isOpen || undefined}>
      <RequestHeader request={request} />
      <div className={classes.content}>
        {isChanged && (
          <ChangedContent
            heading={changed}
            changes={contentChanges(seen, request)}
            asksAgain={canDecide}
            onRead={() => setSeen(request)}
          />
        )}
        <RequestContent request={request} />
      </div>
      <aside ref={aside} className={classes.aside} aria-label="The decision" tabIndex={asideScrolls ? 0 : undefined}>
        <DecisionPanel
          request={request}
          canDecide={canDecide}
          isOver={isOver}
          isChanged={isChanged}
          onDecide={decide}
        />
        <Deciders request={request} />
      </aside>
      <div className={classes.conversation}>
        <ErrorBoundary isPart>
          <Suspense fallback={null}>
            <RequestRun id={request.id} jobId={request.jobId} />
          </Suspense>
        </ErrorBoundary>
        <Conversation
          request={request}
          comments={live.comments}
          error={live.conversationError}
          canComment={canComment}
        />
        <Timeline
          log={live.log}
          requestedBy={request.requestedBy}
          hasEarlier={live.hasEarlier}
          onEarlier={live.showEarlier}
        />
      </div>
      <DecideDialog
        requests={[{ ...request, contextDigest: seen.contextDigest }]}
        decision={decision}
        onClose={() => setDecision(null)}
        onLookAgain={() => {
          setDecision(null);
          live.reread();
          focusChanges();
        }}
      >
        {isChanged && (
          <Alert color="orange" mt="sm" title="The content has changed">
            Close this dialog and review the changes first.
          </Alert>
        )}
      </DecideDialog>
    </article>
  );
}

const Plain = ({ text }: { text: string }) => <div className="user-text">{text}</div>;

/** The content of the request: description, context and metadata. */
function RequestContent({ request: { description, context, metadata } }: { request: Request }) {
  const [showsMetadata, setShowsMetadata] = useState(false);
  const facts = Object.entries(metadata);
  const entries = Object.entries(context);
  const isDescribed = description != null && description.trim() !== "";
  return (
    <ErrorBoundary isPart>
      {isDescribed && (
        <Paper component="section" withBorder className={classes.card} aria-labelledby="what">
          <Title order={2} size="h5" id="what" mb="xs">
            Request
          </Title>
          <Suspense fallback={<Plain text={description} />}>
            <Markdown text={description} />
          </Suspense>
        </Paper>
      )}
      <Paper component="section" withBorder className={classes.card} aria-labelledby="facts">
        <Title order={2} size="h5" id="facts" mb="sm">
          What you need to know
        </Title>
        {entries.length === 0 ? (
          <Text c="dimmed" size="sm">
            The workflow provided no further context.
          </Text>
        ) : (
          <Fields entries={entries} level={1} />
        )}
        {facts.length > 0 && (
          <div className={classes.metadata}>
            <Button
              variant="default"
              size="compact-sm"
              aria-expanded={showsMetadata}
              onClick={() => setShowsMetadata(!showsMetadata)}
            >
              {showsMetadata ? "Hide" : "Show"} metadata ({facts.length})
            </Button>
            {showsMetadata && <Fields entries={facts} level={1} />}
          </div>
        )}
      </Paper>
    </ErrorBoundary>
  );
}
