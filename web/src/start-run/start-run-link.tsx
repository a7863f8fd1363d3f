/** The link to the page that starts runs, shown to viewers who may start one. */

import { Button } from "@mantine/core";
import { Link } from "react-router";
import { useQuery } from "urql";
import { CanStartRuns } from "./start-run.graphql.ts";

export function StartRunLink() {
  const [{ data }] = useQuery({ query: CanStartRuns, requestPolicy: "cache-and-network" });
  if (!data?.workflows.edges.some(({ node }) => node.canStart)) return null;
  return (
    <Button component={Link} to="/runs/start">
      Start a run
    </Button>
  );
}
