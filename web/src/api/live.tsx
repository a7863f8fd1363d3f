/**
 * What happens while somebody looks: the two subscriptions that every page has. The cache and the counts follow by
 * themselves; whoever needs the event itself listens here.
 */

import { useEffect } from "react";
import { useQuery, useSubscription } from "urql";
import type { NotificationCameSubscription, PendingChangedSubscription } from "../generated/graphql.ts";
import { viewerZone } from "../shared/time.ts";
import { NotificationCame, PendingChanged, ViewerCounts } from "./viewer.graphql.ts";

export type PendingChange = PendingChangedSubscription["pendingApprovalsUpdated"];
export type Message = NonNullable<NotificationCameSubscription["notificationReceived"]["notification"]>;

type Listener<T> = (event: T) => void;
const pendingListeners = new Set<Listener<PendingChange>>();
const messageListeners = new Set<Listener<Message>>();

/** Keeps the page live; once, in the shell. */
export function useLive(): void {
  useSubscription({ query: PendingChanged }, (_before, data) => {
    for (const listener of [...pendingListeners]) listener(data.pendingApprovalsUpdated);
    return data;
  });
  useSubscription({ query: NotificationCame, variables: { timeZone: viewerZone() } }, (_before, data) => {
    const { notification } = data.notificationReceived;
    if (notification != null) for (const listener of [...messageListeners]) listener(notification);
    return data;
  });
}

/** For what lives longer than a component. @returns what ends it */
export function onPendingChange(listener: Listener<PendingChange>): () => void {
  pendingListeners.add(listener);
  return () => void pendingListeners.delete(listener);
}

/** Calls back with what comes into the inbox, changes in it or leaves it. @param listener kept between renders */
export const usePendingChanges = (listener: Listener<PendingChange>): void => useListener(pendingListeners, listener);

/** Calls back with each message in the app as it comes. @param listener kept between renders */
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

/** How many requests and messages wait; null until it is known. */
export function useCounts(): Counts {
  const [{ data }] = useQuery({ query: ViewerCounts });
  return { pending: data?.viewer.pendingCount ?? null, unread: data?.viewer.unreadNotificationCount ?? null };
}
