/** The state of the form. Sends the request. */

import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useClient } from "urql";
import { isOrchestrator, useViewer } from "../api/viewer.tsx";
import type { CreateApprovalRequestInput } from "../generated/graphql.ts";
import { notify } from "../shared/notices.tsx";
import { useMinute } from "../shared/now.tsx";
import { serverNow } from "../shared/server-clock.ts";
import { reasonOf } from "../shared/states.tsx";
import { problemsOf } from "./checks.ts";
import { type Draft, emptyDraft, type Faults, type Field, faultsOf, toInput } from "./draft.ts";
import type { Form } from "./form.ts";
import { goTo } from "./form.ts";
import { AskForApproval } from "./new-request.graphql.ts";
import { useKnownNames } from "./use-known-names.ts";

const NO_FAULTS: Faults = { fields: {}, others: [] };
/** Fields that show faults while the user types. */
const LIVE: readonly Field[] = ["context"];

/** The delay before a fault appears after the user leaves a field, in ms. */
const SHOW_FAULT_AFTER_MS = 200;

export interface RequestForm extends Form {
  now: Date;
  isSending: boolean;
  /** Faults that belong to no field. */
  failures: readonly string[];
  hasProblems: boolean;
  send(): Promise<void>;
}

export function useRequestForm(): RequestForm {
  const viewer = useViewer();
  const client = useClient();
  const navigate = useNavigate();
  const known = useKnownNames();
  const now = useMinute();
  const author = { userId: viewer.userId, mayWeaken: isOrchestrator(viewer) };
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(randomName()));
  const [left, setLeft] = useState<ReadonlySet<Field> | "all">(new Set());
  const [faults, setFaults] = useState(NO_FAULTS);
  const [isSending, setSending] = useState(false);
  // If no answer arrived, the request may exist. The same input is safe to send again; with a new expiry it conflicts.
  const unanswered = useRef<{ draft: Draft; input: CreateApprovalRequestInput } | null>(null);
  const problems = problemsOf(draft, author, now);

  async function send(): Promise<void> {
    if (isSending) return;
    setLeft("all");
    setFaults(NO_FAULTS);
    const [first] = Object.keys(problemsOf(draft, author, serverNow())) as Field[];
    if (first !== undefined) return focusLater(first);
    setSending(true);
    const again = unanswered.current?.draft === draft ? unanswered.current : null;
    const sent = again ?? { draft, input: toInput(draft, author, serverNow()) };
    const { data, error } = await client.mutation(AskForApproval, { input: sent.input }).toPromise();
    setSending(false);
    const answer = data?.createApprovalRequest;
    unanswered.current = answer === undefined ? sent : null;
    switch (answer?.__typename) {
      case "CreateApprovalRequestPayload":
        notify({
          text: answer.created ? "Your request was created." : "This request already exists.",
          tone: "good",
        });
        return void navigate(`/requests/${encodeURIComponent(answer.request.id)}`);
      case "ValidationError": {
        const found = faultsOf(answer.issues, draft);
        setFaults(found);
        const [at] = Object.keys(found.fields) as Field[];
        return at === undefined ? undefined : focusLater(at);
      }
      case "ConflictError":
        setFaults({
          fields: { executionId: "Another request already has this execution. Choose another one." },
          others: [],
        });
        return focusLater("executionId");
      default:
        setFaults({ fields: {}, others: [answer?.message ?? reasonOf(error)] });
    }
  }

  return {
    draft,
    author,
    known,
    now,
    isSending,
    failures: faults.others,
    hasProblems: left === "all" && Object.keys({ ...problems, ...faults.fields }).length > 0,
    set(change) {
      setDraft((before) => ({ ...before, ...change }));
      const changed = Object.keys(change);
      const rest = Object.entries(faults.fields).filter(([field]) => !changed.includes(field));
      setFaults({ fields: Object.fromEntries(rest), others: faults.others });
    },
    errorOf(field) {
      const isShown = left === "all" || left.has(field) || LIVE.includes(field);
      return faults.fields[field] ?? (isShown ? problems[field] : undefined);
    },
    // Delayed, because the fault moves the form: the press that left the field must first reach its target.
    leave: (field) =>
      void setTimeout(
        () => setLeft((before) => (before === "all" ? before : new Set([...before, field]))),
        SHOW_FAULT_AFTER_MS,
      ),
    send,
  };
}

/** Focuses a field after the section that hides it has opened. */
const focusLater = (field: Field): void => void requestAnimationFrame(() => setTimeout(() => goTo(field)));

/** A random execution id. Browsers have no randomUUID on pages over plain HTTP. */
const randomName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
