/** The decision dialog on our own API: it sends, says what came of it, and rests the page's keys meanwhile. */

import { type ReactNode, Suspense, useRef } from "react";
import { useNavigate } from "react-router";
import { useViewer } from "../api/viewer.tsx";
import { prefetched } from "../shared/idle.tsx";
import { useCover } from "../shared/keyboard.ts";
import { notify } from "../shared/notices.tsx";
import type { Decision, DecisionResult, DecisionSubject } from "./decision-model.ts";
import { recordedSentence } from "./decision-words.ts";
import { useDecide } from "./use-decide.ts";

const DecisionDialog = prefetched(async () => (await import("./decision-dialog.tsx")).DecisionDialog);

interface Props {
  requests: readonly DecisionSubject[];
  /** Null while the dialog is closed. */
  decision: Decision | null;
  onClose(): void;
  onDecided?(results: readonly DecisionResult[], decision: Decision): void;
  /** By default the request's page. */
  onLookAgain?(subject: DecisionSubject): void;
  children?: ReactNode;
}

export function DecideDialog({ onDecided, onLookAgain, ...props }: Props) {
  const navigate = useNavigate();
  useCover(props.decision !== null);
  const told = (results: readonly DecisionResult[], decision: Decision) => {
    const [first] = results;
    if (results.length === 1 && first?.answer.recorded) {
      notify({ text: recordedSentence(first.answer.request, decision), tone: "good" });
    }
    onDecided?.(results, decision);
  };
  const open = (subject: DecisionSubject) => navigate(`/requests/${subject.id}`);
  const viewerId = useViewer().userId;
  const decide = useDecide();
  const wasOpen = useRef(false);
  wasOpen.current ||= props.decision !== null;
  if (!wasOpen.current) return null;
  return (
    <Suspense>
      <DecisionDialog {...props} {...{ viewerId, decide }} onDecided={told} onLookAgain={onLookAgain ?? open} />
    </Suspense>
  );
}
