/** Suggests names from the viewer's earlier requests, because the API has no list of users that everyone may read. */

import { useMemo } from "react";
import { useQuery } from "urql";
import { useViewer } from "../api/viewer.tsx";
import { EarlierRequests } from "./new-request.graphql.ts";

export interface KnownNames {
  people: string[];
  roles: string[];
}

export function useKnownNames(): KnownNames {
  const { userId, roles } = useViewer();
  const [{ data }] = useQuery({ query: EarlierRequests, variables: { requestedBy: userId } });
  return useMemo(() => {
    const requests = data?.approvalRequests.edges.map(({ node }) => node) ?? [];
    const people = requests.flatMap((request) => [
      ...request.allowedApprovers,
      ...request.notifyUsers,
      ...request.escalateToUsers,
    ]);
    return {
      people: [...new Set(people)].filter((id) => id !== userId).sort(),
      roles: [...new Set([...roles, ...requests.flatMap(({ notifyRoles }) => notifyRoles)])].sort(),
    };
  }, [data, userId, roles]);
}
