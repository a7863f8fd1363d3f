/** The retries of failed jobs of a run: the time, the person and the error. */

import { Paper, Title } from "@mantine/core";
import type { RunPageFragment } from "../generated/graphql.ts";
import { Ago } from "../shared/times.tsx";
import history from "./history.module.css";
import { Mark } from "./mark.tsx";
import classes from "./run.module.css";

export function Retries({ retries }: Pick<RunPageFragment, "retries">) {
  if (retries.length === 0) return null;
  return (
    <Paper component="section" withBorder className={classes.card} aria-labelledby="retries">
      <Title order={2} size="h5" id="retries" mb="sm">
        Retried jobs
      </Title>
      <ol className={history.attempts} aria-label="Retried jobs, newest first">
        {retries.toReversed().map(({ generation, jobId, retriedAt, retriedBy, jobError }) => (
          <li key={generation} className={history.attempt}>
            <Mark state="FAILED" size={18} />
            <div>
              <div className={history.line}>
                <strong>{jobId}</strong>
                <span className={classes.soft}>
                  retried <Ago at={retriedAt} />
                  {retriedBy != null && ` by ${retriedBy}`}
                </span>
              </div>
              {jobError != null && (
                <div className={history.error} dir="auto">
                  {jobError}
                </div>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Paper>
  );
}
