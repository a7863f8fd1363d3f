/** Another React application, which shows the decision dialog and sends decisions its own way. */

import "@mantine/core/styles.css";
import "countersign/decision-dialog.css";
import { MantineProvider } from "@mantine/core";
import { type Decision, DecisionDialog, type DecisionSubject } from "countersign/decision-dialog";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const REQUEST: DecisionSubject = {
  id: "1",
  title: "Pay the invoice",
  status: "PENDING",
  workflowId: "invoices",
  requestedBy: "ann",
  approvalsRequired: 2,
  approvers: ["carol"],
  contextDigest: "c0ffee",
};

function App() {
  const [decision, setDecision] = useState<Decision | null>(null);
  const [sent, setSent] = useState("");
  return (
    <MantineProvider>
      <button type="button" onClick={() => setDecision("APPROVE")}>
        Decide
      </button>
      <output>{sent}</output>
      <DecisionDialog
        requests={[REQUEST]}
        decision={decision}
        viewerId="bob"
        decide={async (subject, made, comment) => {
          setSent(JSON.stringify([made, comment, subject.contextDigest]));
          return { recorded: true, request: { ...subject, status: "APPROVED", approvers: ["carol", "bob"] } };
        }}
        onClose={() => setDecision(null)}
      />
    </MantineProvider>
  );
}

createRoot(document.body.appendChild(document.createElement("div"))).render(<App />);
