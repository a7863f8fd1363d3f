import { graphql } from "../generated/gql.ts";

/** The viewer and the counts that the navigation shows. */
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

/** Updates the cache. `inbox/` and `notifications/` also subscribe to the events (`api/live.tsx`). */
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

export const NotificationReceived = graphql(`
  subscription NotificationReceived($timeZone: String) {
    notificationReceived {
      cursor
      unreadCount
      notification {
        ...MessageRow
      }
    }
  }
`);
