import { graphql } from "../generated/gql.ts";

/** What the navigation shows wherever one is. */
export const ViewerCounts = graphql(`
  query ViewerCounts {
    viewer {
      userId
      email
      roles
      scopes
      pendingCount
      unreadNotificationCount
    }
  }
`);

/** Read by everything on the page; `inbox/` and `notifications/` listen to its events as well (`api/live.tsx`). */
export const PendingChanged = graphql(`
  subscription PendingChanged {
    pendingApprovalsUpdated {
      change
      pendingCount
      request {
        ...InboxRow
        status
        decidedBy
        decisionSource
        comment
      }
    }
  }
`);

export const NotificationCame = graphql(`
  subscription NotificationCame($timeZone: String) {
    notificationReceived {
      cursor
      unreadCount
      notification {
        ...MessageRow
      }
    }
  }
`);
