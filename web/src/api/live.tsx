/**
 * The two subscriptions that every page has. They update the cache and the counts; components that need the events
 * themselves subscribe here.
 */

import { useEffect } from "react";
import { useQuery, useSubscription } from "urql";
import type { NotificationReceivedSubscription, PendingChangedSubscription } from "../generated/graphql.ts";
import { viewerZone } from "../shared/time.ts";
import { NotificationReceived, PendingChanged, ViewerCounts } from "./viewer.graphql.ts";

export type PendingChange = PendingChangedSubscription["pendingApprovalsUpdated"];
export type Message = NonNullable<NotificationReceivedSubscription["notificationReceived"]["notification"]>;

type Listener<T> = (event: T) => void;
const pendingListeners = new Set<Listener<PendingChange>>();
const messageListeners = new Set<Listener<Message>>();

/** Starts the subscriptions. Called once, in the shell. */
export function useLive(): void {
  useSubscription({ query: PendingChanged }, (_before, data) => {
    for (const listener of [...pendingListeners]) listener(data.pendingApprovalsUpdated);
    return data;
  });
  useSubscription({ query: NotificationReceived, variables: { timeZone: viewerZone() } }, (_before, data) => {
    const { notification } = data.notificationReceived;
    if (notification != null) for (const listener of [...messageListeners]) listener(notification);
    return data;
  });
}

/** Subscribes from outside a component. @returns a function that unsubscribes */
export function onPendingChange(listener: Listener<PendingChange>): () => void {
  pendingListeners.add(listener);
  return () => void pendingListeners.delete(listener);
}

/** Calls back for each request that enters the inbox, changes or leaves it. @param listener stable between renders */
export const usePendingChanges = (listener: Listener<PendingChange>): void => useListener(pendingListeners, listener);

/** Calls back for each new in-app notification. @param listener stable between renders */
export const useMessages = (listener: Listener<Message>): void => useListener(messageListeners, listener);

function useListener<T>(listeners: Set<Listener<T>>, listener: Listener<T>): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listeners, listener]);
}

export interface Counts {
  pending: number | null;
  unread: number | null;
}

/** The numbers of waiting requests and unread notifications; null until they are known. */
export function useCounts(): Counts {
  const [{ data }] = useQuery({ query: ViewerCounts });
  return { pending: data?.viewer.pendingCount ?? null, unread: data?.viewer.unreadNotificationCount ?? null };
}
