/** The open requests that have waited longest. */

import { Paper, Table, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { useQuery } from "urql";
import { Failed, Loading } from "../shared/states.tsx";
import { Ago, Countdown } from "../shared/times.tsx";
import { LongestWaiting } from "./statistics.graphql.ts";
import classes from "./statistics.module.css";

export function LongestWaitingList() {
  const [{ data, error }, read] = useQuery({ query: LongestWaiting, requestPolicy: "cache-and-network" });
  // The cache also has requests that were decided in the meantime.
  const rows = data?.approvalRequests.edges.map(({ node }) => node).filter(({ isOpen }) => isOpen);
  return (
    <Paper component="section" className={classes.figure} withBorder aria-labelledby="longest-waiting">
      <Title order={2} size="h4" id="longest-waiting" mb="xs">
        Longest waiting
      </Title>
      {rows === undefined && error !== undefined && (
        <Failed
          what="The longest-waiting requests"
          error={error}
          retry={() => read({ requestPolicy: "network-only" })}
        />
      )}
      {rows === undefined && error === undefined && <Loading what="the longest-waiting requests" />}
      {rows?.length === 0 && <Text c="dimmed">No pending requests.</Text>}
      {rows !== undefined && rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
        <div role="group" className={classes.scroll} aria-label="Table of the longest-waiting requests" tabIndex={0}>
          <Table className={`${classes.table} ${classes.names}`}>
            <thead>
              <tr>
                <th scope="col">Request</th>
                <th scope="col">Created</th>
                <th scope="col">Time left</th>
                <th scope="col">Requested by</th>
                <th scope="col">Workflow</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.request}>
                    <Link to={`/requests/${row.id}`} dir="auto">
                      {row.title}
                    </Link>
                  </th>
                  <td>
                    <Ago at={row.createdAt} />
                  </td>
                  <td>
                    <Countdown to={row.expiresAt} />
                  </td>
                  <td>{row.requestedBy}</td>
                  <td>{row.workflowId}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </Paper>
  );
}
