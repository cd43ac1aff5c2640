import type { EventSink, Scope, StoreEvent, Subscription } from './types.ts';

/** Told when a sink threw; its subscription has been closed. */
export type OnSinkError = (scope: Scope, error: unknown) => void;

/** Everyone who wants to hear of commits. */
export interface Subscriptions {
  /** Delivers `backlog` at once, then whatever `deliver` brings. */
  add(scope: Scope, sink: EventSink, backlog: readonly StoreEvent[]): Subscription;
  /** The events of one commit, of any resources. */
  deliver(events: readonly StoreEvent[]): void;
  count(resource: string): number;
}

interface Subscriber {
  readonly scope: Scope;
  readonly sink: EventSink;
  open: boolean;
}

export function createSubscriptions(onSinkError: OnSinkError): Subscriptions {
  const byResource = new Map<string, Set<Subscriber>>();

  const close = (subscriber: Subscriber): void => {
    subscriber.open = false;
    byResource.get(subscriber.scope.resource)?.delete(subscriber);
  };

  const offer = (subscriber: Subscriber, events: readonly StoreEvent[] | undefined): void => {
    if (!subscriber.open || events === undefined || events.length === 0) return;
    try {
      subscriber.sink(events);
    } catch (error) {
      close(subscriber);
      onSinkError(subscriber.scope, error);
    }
  };

  // Given a copy: a sink may close subscriptions, and one opened meanwhile has these events in its backlog already.
  const deliverTo = (subscribers: readonly Subscriber[], events: readonly StoreEvent[]): void => {
    if (subscribers.length === 0) return;
    const byNamespace = groupBy(events, (event) => event.current.key.namespace);
    for (const subscriber of subscribers) {
      const { namespace } = subscriber.scope;
      offer(subscriber, namespace === '' ? events : byNamespace.get(namespace));
    }
  };

  return {
    add: (scope, sink, backlog) => {
      const subscriber: Subscriber = { scope, sink, open: true };
      const peers = byResource.get(scope.resource) ?? new Set();
      byResource.set(scope.resource, peers.add(subscriber));
      offer(subscriber, eventsIn(backlog, scope.namespace));
      return { close: () => close(subscriber) };
    },
    deliver: (events) => {
      for (const [resource, ofResource] of groupBy(events, (event) => event.resource)) {
        deliverTo([...(byResource.get(resource) ?? [])], ofResource);
      }
    },
    count: (resource) => byResource.get(resource)?.size ?? 0,
  };
}

function eventsIn(events: readonly StoreEvent[], namespace: string): readonly StoreEvent[] {
  return namespace === '' ? events : events.filter((event) => event.current.key.namespace === namespace);
}

/** Grouped once per commit, not once per subscriber: all subscribers of a scope share one array. */
function groupBy(
  events: readonly StoreEvent[],
  part: (event: StoreEvent) => string,
): ReadonlyMap<string, readonly StoreEvent[]> {
  const groups = new Map<string, StoreEvent[]>();
  for (const event of events) {
    const group = groups.get(part(event));
    if (group === undefined) groups.set(part(event), [event]);
    else group.push(event);
  }
  return groups;
}
