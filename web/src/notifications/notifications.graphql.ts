import { graphql } from "../generated/gql.ts";

/** The fields of a notification in a list. The query must define `$timeZone`, the viewer's time zone. */
export const MessageRow = graphql(`
  fragment MessageRow on ApprovalNotification {
    id
    kind
    subject
    body(timeZone: $timeZone)
    createdAt
    readAt
    request {
      id
      title
    }
  }
`);

/** For the menu of the bell. */
export const NewestMessages = graphql(`
  query NewestMessages($timeZone: String) {
    notifications(first: 6) {
      unreadCount
      edges {
        cursor
        node {
          ...MessageRow
        }
      }
    }
  }
`);

export const MessagesPage = graphql(`
  query MessagesPage($first: Int!, $after: String, $unreadOnly: Boolean!, $timeZone: String) {
    notifications(first: $first, after: $after, filter: { unreadOnly: $unreadOnly }) {
      unreadCount
      edges {
        cursor
        node {
          ...MessageRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const MarkRead = graphql(`
  mutation MarkRead($ids: [ID!]!) {
    markNotificationsRead(input: { ids: $ids }) {
      __typename
      ... on MarkNotificationsReadPayload {
        unreadCount
        notifications {
          id
          readAt
        }
      }
      ...Refusal
    }
  }
`);

export const MarkAllRead = graphql(`
  mutation MarkAllRead($before: DateTime!) {
    markAllNotificationsRead(input: { before: $before }) {
      __typename
      ... on MarkAllNotificationsReadPayload {
        unreadCount
      }
      ...Refusal
    }
  }
`);

export const Preferences = graphql(`
  query Preferences {
    viewer {
      userId
      email
      notificationPreferences {
        mutedChannels
      }
    }
  }
`);

export const SetPreferences = graphql(`
  mutation SetPreferences($mutedChannels: [NotificationChannel!]!) {
    setNotificationPreferences(input: { mutedChannels: $mutedChannels }) {
      __typename
      ... on SetNotificationPreferencesPayload {
        preferences {
          mutedChannels
        }
      }
      ...Refusal
    }
  }
`);
