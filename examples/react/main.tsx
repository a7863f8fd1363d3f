/** An application that lists the requests that its user can decide, and shows Countersign's decision dialog. */

import "@mantine/core/styles.css";
import "countersign/decision-dialog.css";
import { MantineProvider } from "@mantine/core";
import { type Decision, DecisionDialog, type DecisionSubject } from "countersign/decision-dialog";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { decide, pendingRequests } from "./api.ts";

function App() {
  const [viewerId, setViewerId] = useState("");
  const [requests, setRequests] = useState<DecisionSubject[]>([]);
  const [opened, setOpened] = useState<{ request: DecisionSubject; decision: Decision } | null>(null);
  const [problem, setProblem] = useState("");

  const load = () =>
    pendingRequests().then(
      (pending) => {
        setViewerId(pending.viewerId);
        setRequests(pending.requests);
      },
      (error: Error) => setProblem(error.message),
    );
  useEffect(() => void load(), []);

  return (
    <MantineProvider>
      <h1>Waiting for you</h1>
      {problem !== "" && <p role="alert">{problem}</p>}
      <ul>
        {requests.map((request) => (
          <li key={request.id}>
            {request.title}{" "}
            {(["APPROVE", "REJECT"] as const).map((decision) => (
              <button key={decision} type="button" onClick={() => setOpened({ request, decision })}>
                {decision === "APPROVE" ? "Approve" : "Reject"}
              </button>
            ))}
          </li>
        ))}
      </ul>
      <DecisionDialog
        requests={opened === null ? [] : [opened.request]}
        decision={opened?.decision ?? null}
        viewerId={viewerId}
        decide={decide}
        onClose={() => {
          setOpened(null);
          void load();
        }}
      />
    </MantineProvider>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(<App />);
