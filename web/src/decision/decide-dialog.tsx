/** Connects the decision dialog to our own API: sends decisions, reports results, and turns shortcuts off. */

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
  /** Default: opens the page of the request. */
  onLookAgain?(subject: DecisionSubject): void;
  children?: ReactNode;
}

export function DecideDialog({ onDecided, onLookAgain, ...props }: Props) {
  const navigate = useNavigate();
  useCover(props.decision !== null);
  const report = (results: readonly DecisionResult[], decision: Decision) => {
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
      <DecisionDialog
        {...props}
        viewerId={viewerId}
        decide={decide}
        onDecided={report}
        onLookAgain={onLookAgain ?? open}
      />
    </Suspense>
  );
}
