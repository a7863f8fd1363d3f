/** The gates at which a run waits: the question, who must decide, and a link to the request. */

import { Button } from "@mantine/core";
import { Link } from "react-router";
import { useViewer } from "../api/viewer.tsx";
import { othersSentence } from "../decision/policy-words.ts";
import type { RunPageFragment } from "../generated/graphql.ts";
import { Countdown } from "../shared/times.tsx";
import { Mark } from "./mark.tsx";
import classes from "./run.module.css";

type Gate = RunPageFragment["waitingFor"][number];

export function Gates({ gates }: { gates: readonly Gate[] }) {
  return gates.map((gate) => <OneGate key={gate.id} gate={gate} />);
}

function OneGate({ gate }: { gate: Gate }) {
  const viewer = useViewer();
  return (
    <section className={classes.gate} aria-label={`Gate ${gate.jobId}`}>
      <Mark state="WAITING" size={30} />
      <div>
        <p className={classes.soft}>
          The run is waiting at <strong>{gate.jobId}</strong>. <Countdown to={gate.expiresAt} />
        </p>
        <p className={classes.question} dir="auto">
          {gate.title}
        </p>
        <p>
          {gate.canApprove && "You can decide it. "}
          {othersSentence(gate, viewer)}
        </p>
      </div>
      <Button component={Link} to={`/requests/${gate.id}`} variant={gate.canApprove ? "filled" : "default"}>
        {gate.canApprove ? "Decide" : "Open the request"}
      </Button>
    </section>
  );
}
