import type { KubeConnection } from '../connection/index.ts';
import { exhausted } from '../kube/outcome.ts';
import { createAbsentNamespaces } from './absent-namespaces.ts';
import { eventName, eventObject, eventSeries } from './event-object.ts';
import type { EventRecord } from './event-queue.ts';
import type { EventOutcome } from './event-writer.ts';
import { createEventWriter } from './event-writer.ts';

/** An Event that the hub was too busy for is tried once more, then given up. */
const TRIES_MAX = 2;

export interface EventDeliveryDeps {
  readonly connection: KubeConnection;
  /** Takes the Events whose own namespace the hub does not have. */
  readonly namespace: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  /** Milliseconds that never step back. */
  readonly monotonic: () => number;
  readonly signal: AbortSignal;
}

/** What became of one request; nothing may be sent for `pauseMs` after a busy hub. */
export type EventDelivered =
  | { readonly type: 'written' }
  | { readonly type: 'again'; readonly pauseMs: number }
  | { readonly type: 'failed'; readonly pauseMs: number; readonly problem: string };

/** One request for one Event: into its object's namespace if the hub has it, else into ours. */
export interface EventDelivery {
  readonly deliver: (record: EventRecord) => Promise<EventDelivered>;
}

interface Target {
  readonly namespace: string;
  readonly name: string;
}

export function createEventDelivery(deps: EventDeliveryDeps): EventDelivery {
  const writer = createEventWriter(deps.connection, deps.signal);
  const absent = createAbsentNamespaces();
  let sequence = 0;

  const targetOf = (record: EventRecord): Target => {
    const { regarding } = record.event;
    const wanted = regarding.namespace ?? deps.namespace;
    const isAbsent = record.isHomeless || absent.has(wanted, deps.monotonic());
    const namespace = isAbsent ? deps.namespace : wanted;
    if (record.name === undefined) {
      sequence += 1;
      record.name = eventName(regarding.name, record.times.firstMs, sequence);
    }
    return { namespace, name: record.name };
  };
  const create = (record: EventRecord, target: Target): Promise<EventOutcome> => {
    const { reportingController, reportingInstance } = deps;
    const { event, times } = record;
    const object = eventObject({ event, times, ...target, reportingController, reportingInstance });
    return writer.create(target.namespace, object);
  };
  /** What this answer means for the next try, if there is one. */
  const judge = (record: EventRecord, { namespace }: Target, outcome: EventOutcome): EventDelivered => {
    switch (outcome.type) {
      case 'written':
        return outcome;
      case 'gone':
        record.written = undefined;
        record.name = undefined;
        return { type: 'again', pauseMs: 0 };
      case 'noNamespace':
        if (namespace === deps.namespace) return { type: 'failed', pauseMs: 0, problem: outcome.problem };
        absent.add(namespace, deps.monotonic());
        record.isHomeless = true;
        record.written = undefined;
        return { type: 'again', pauseMs: 0 };
      case 'busy':
        record.tries += 1;
        return record.tries < TRIES_MAX
          ? { type: 'again', pauseMs: outcome.pauseMs }
          : { type: 'failed', pauseMs: outcome.pauseMs, problem: outcome.problem };
      case 'refused':
        return { type: 'failed', pauseMs: 0, problem: outcome.problem };
      default:
        return exhausted(outcome);
    }
  };
  return {
    deliver: async (record) => {
      const { count } = record.times;
      const target = record.written ?? targetOf(record);
      const outcome = await (record.written === undefined
        ? create(record, target)
        : writer.update(target, eventSeries(record.times)));
      if (outcome.type === 'written') {
        const { namespace, name } = target;
        record.written = { namespace, name, count, atMs: deps.monotonic() };
      }
      return judge(record, target, outcome);
    },
  };
}
