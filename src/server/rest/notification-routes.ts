/** The routes of notifications, preferences and deliveries. */

import type { GraphQLSchema } from "graphql";
import { command } from "./documents.ts";
import { filter, PAGE, type RestRoute } from "./route.ts";

export const notificationRoutes = (schema: GraphQLSchema): readonly RestRoute[] => [
  {
    method: "GET",
    path: "/api/notifications",
    group: "Notifications",
    summary: "List your notifications",
    name: "notifications",
    document: `query ($first: Int, $after: String, $filter: NotificationFilter) {
      answer: notifications(first: $first, after: $after, filter: $filter) {
        edges { node { ...ApprovalNotification } } pageInfo { endCursor hasNextPage }
      }
    }`,
    query: { ...filter(schema, "NotificationFilter"), ...PAGE },
    list: true,
    status: 200,
  },
  {
    method: "POST",
    path: "/api/notifications/read",
    group: "Notifications",
    summary: "Mark notifications as read",
    name: "markNotificationsRead",
    document: command(schema, "markNotificationsRead", "notifications { ...ApprovalNotification } unreadCount"),
    body: "input",
    status: 200,
  },
  {
    method: "POST",
    path: "/api/notifications/read-all",
    group: "Notifications",
    summary: "Mark all notifications as read",
    name: "markAllNotificationsRead",
    document: command(schema, "markAllNotificationsRead", "unreadCount"),
    body: "input",
    status: 200,
  },
  {
    method: "GET",
    path: "/api/notifications/preferences",
    group: "Notifications",
    summary: "Read your notification preferences",
    name: "notificationPreferences",
    document: "query { answer: viewer { notificationPreferences { ...NotificationPreferences } } }",
    at: "notificationPreferences",
    status: 200,
  },
  {
    method: "PUT",
    path: "/api/notifications/preferences",
    group: "Notifications",
    summary: "Set your notification preferences",
    name: "setNotificationPreferences",
    document: command(schema, "setNotificationPreferences", "preferences { ...NotificationPreferences }"),
    body: "input",
    at: "preferences",
    status: 200,
  },
  {
    method: "GET",
    path: "/api/notifications/deliveries",
    group: "Notifications",
    summary: "List notifications to all recipients",
    name: "notificationDeliveries",
    document: `query ($first: Int, $after: String, $filter: NotificationDeliveryFilter) {
      answer: notificationDeliveries(first: $first, after: $after, filter: $filter) {
        edges { node { ...ApprovalNotification } } pageInfo { endCursor hasNextPage }
      }
    }`,
    query: { ...filter(schema, "NotificationDeliveryFilter"), ...PAGE },
    list: true,
    status: 200,
  },
  {
    method: "POST",
    path: "/api/notifications/deliveries/{id}/resend",
    group: "Notifications",
    summary: "Resend a notification",
    name: "resendNotification",
    document: command(schema, "resendNotification", "notification { ...ApprovalNotification }"),
    id: "input.notificationId",
    idOf: "notification",
    body: "input",
    at: "notification",
    status: 200,
  },
  {
    method: "GET",
    path: "/api/notifications/endpoints",
    group: "Notifications",
    summary: "List failing webhook endpoints",
    name: "webhookEndpoints",
    document: `query ($first: Int, $after: String, $disabled: Boolean) {
      answer: webhookEndpoints(first: $first, after: $after, disabled: $disabled) {
        edges { node { ...WebhookEndpoint } } pageInfo { endCursor hasNextPage }
      }
    }`,
    query: { disabled: "disabled", ...PAGE },
    list: true,
    status: 200,
  },
  {
    method: "POST",
    path: "/api/notifications/endpoints/{id}/enable",
    group: "Notifications",
    summary: "Enable a webhook endpoint",
    name: "enableWebhookEndpoint",
    document: command(schema, "enableWebhookEndpoint", "endpoint { ...WebhookEndpoint }"),
    id: "input.id",
    idOf: "endpoint",
    body: "input",
    at: "endpoint",
    status: 200,
  },
];
