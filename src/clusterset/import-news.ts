import { CONFLICT_CONDITION } from '../kube/domain.ts';
import { isJsonObject, textAt, type JsonObject, type KubeObject } from '../kube/object.ts';
import { parseTimeSeconds } from '../kube/time.ts';
import { listSome } from './message-text.ts';

/** What is told about ServiceImports when they change; these words are the reasons of Events. */
export type ImportNewsReason = 'ConflictBegan' | 'ConflictChanged' | 'ConflictEnded' | 'TypeChanged' | 'LastExportGone';

export interface ImportNews {
  readonly type: 'Normal' | 'Warning';
  readonly reason: ImportNewsReason;
  readonly note: string;
}

/** A ServiceImport before and after one change; undefined where there is none. */
export interface ImportChange {
  readonly previous: KubeObject | undefined;
  readonly current: KubeObject | undefined;
  /** Epoch milliseconds: what was so before is no news when it appears. */
  readonly sinceMs: number;
}

/** Clusters named when the last export has gone; the rest is counted. */
const CLUSTERS_SHOWN_MAX = 5;
const NO_NEWS: readonly ImportNews[] = [];

/**
 * What one change of a ServiceImport means to people. An import that appears with a conflict is news only if the conflict
 * is as young: over our restart the time of its condition is kept, so nothing is told twice.
 */
export function importNews({ previous, current, sinceMs }: ImportChange): readonly ImportNews[] {
  if (current === undefined) return previous === undefined ? NO_NEWS : [lastExportGone(previous)];
  const conflict = conflictNews(conflictOf(previous), conflictOf(current), Math.floor(sinceMs / 1000));
  const type = previous === undefined ? undefined : typeNews(previous, current);
  if (conflict === undefined && type === undefined) return NO_NEWS;
  return [conflict, type].filter((news) => news !== undefined);
}

interface Conflict {
  readonly isTrue: boolean;
  readonly reason: string;
  readonly message: string;
  readonly beganSeconds: number;
}

const NO_CONFLICT: Conflict = { isTrue: false, reason: '', message: '', beganSeconds: 0 };

function conflictNews(before: Conflict, after: Conflict, sinceSeconds: number): ImportNews | undefined {
  if (before.isTrue && !after.isTrue) {
    return { type: 'Normal', reason: 'ConflictEnded', note: `${after.message} It was ${before.reason}.` };
  }
  if (!after.isTrue) return undefined;
  if (before.isTrue) {
    return before.reason === after.reason
      ? undefined
      : { type: 'Warning', reason: 'ConflictChanged', note: `${after.reason}: ${after.message}` };
  }
  if (after.beganSeconds < sinceSeconds) return undefined;
  return { type: 'Warning', reason: 'ConflictBegan', note: `${after.reason}: ${after.message}` };
}

function typeNews(previous: KubeObject, current: KubeObject): ImportNews | undefined {
  const from = textAt(previous.spec, 'type') ?? '';
  const to = textAt(current.spec, 'type') ?? '';
  if (from === to) return undefined;
  const conflict = conflictOf(current);
  const why = conflict.isTrue ? ` ${conflict.message}` : '';
  return { type: 'Warning', reason: 'TypeChanged', note: `The type changed from ${from} to ${to}.${why}` };
}

function lastExportGone({ status }: KubeObject): ImportNews {
  const clusters = entriesOf(status, 'clusters').map((entry) => textAt(entry, 'cluster') ?? '');
  const note = `No valid export is left; it was exported by ${listSome(clusters, CLUSTERS_SHOWN_MAX)}.`;
  return { type: 'Normal', reason: 'LastExportGone', note };
}

function conflictOf(object: KubeObject | undefined): Conflict {
  const condition = entriesOf(object?.status, 'conditions').find(({ type }) => type === CONFLICT_CONDITION);
  if (condition === undefined) return NO_CONFLICT;
  return {
    isTrue: condition['status'] === 'True',
    reason: textAt(condition, 'reason') ?? '',
    message: textAt(condition, 'message') ?? '',
    beganSeconds: parseTimeSeconds(textAt(condition, 'lastTransitionTime')) ?? 0,
  };
}

function entriesOf(status: unknown, field: string): readonly JsonObject[] {
  const entries = isJsonObject(status) ? status[field] : undefined;
  return Array.isArray(entries) ? entries.filter(isJsonObject) : [];
}
