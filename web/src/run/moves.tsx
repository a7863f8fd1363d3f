/** The moves of a run to other versions of its workflow: the time, the person and the changes. */

import { Paper, Title } from "@mantine/core";
import type { RunPageFragment } from "../generated/graphql.ts";
import { Ago } from "../shared/times.tsx";
import history from "./history.module.css";
import classes from "./run.module.css";

export function Moves({ moves }: Pick<RunPageFragment, "moves">) {
  if (moves.length === 0) return null;
  return (
    <Paper component="section" withBorder className={classes.card} aria-labelledby="moves">
      <Title order={2} size="h5" id="moves" mb="sm">
        Moved to other versions
      </Title>
      <ol className={history.attempts} aria-label="Moves, newest first">
        {moves.toReversed().map(({ generation, movedAt, movedBy, fromVersion, toVersion, ...changes }) => (
          <li key={generation}>
            <strong>{`${versionWords(fromVersion)} → ${versionWords(toVersion)}`}</strong>{" "}
            <span className={classes.soft}>
              <Ago at={movedAt} />
              {movedBy != null && ` by ${movedBy}`}
              {changeWords(changes)}
            </span>
          </li>
        ))}
      </ol>
    </Paper>
  );
}

const versionWords = (version: number | null | undefined) =>
  version == null ? "a document without a version" : `version ${version}`;

type Changes = Pick<RunPageFragment["moves"][number], "added" | "removed" | "changed">;

function changeWords({ added, removed, changed }: Changes): string {
  const kinds = Object.entries({ added, removed, changed }).filter(([, ids]) => ids.length > 0);
  return kinds.map(([kind, ids]) => `; ${kind}: ${ids.join(", ")}`).join("");
}
