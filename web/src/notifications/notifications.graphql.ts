import { graphql } from "../generated/gql.ts";

/** What a list shows of a message. */
export const MessageRow = graphql(`
  fragment MessageRow on ApprovalNotification {
    id
    kind
    subject
    body
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
  query NewestMessages {
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
  query MessagesPage($first: Int!, $after: String, $unreadOnly: Boolean!) {
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
      ... on Error {
        code
        message
      }
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
      ... on Error {
        code
        message
      }
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
      ... on Error {
        code
        message
      }
    }
  }
`);
