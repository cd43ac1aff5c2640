import type { KubeConnection } from '../connection/types.ts';
import type { MemberResource } from '../kube/member-event.ts';
import type { ObjectKey } from '../kube/object.ts';
import { keyOf } from '../kube/object.ts';
import { parseMemberObject } from './cut.ts';
import type { Reflector } from './driver.ts';
import { createReflector } from './driver.ts';
import type { Failure } from './failure.ts';
import type { Difference } from './kept-objects.ts';
import { MEMBER_RESOURCES, RESOURCE_SOURCES } from './member-resource.ts';
import type { ReflectorFigures } from './object-intake.ts';
import type { SharedDeps } from './reflector-deps.ts';
import type { SliceSelection } from './slice-selection.ts';
import { createSliceSelection } from './slice-selection.ts';
import type { MemberSnapshot, ResourceSnapshot } from './snapshot.ts';

/** Exports often come many at a time: one new selection of slices for all of them. */
const SELECTION_DELAY_MS = 500;

export interface MemberContentDeps extends SharedDeps {
  readonly member: string;
  readonly connection: () => KubeConnection;
  readonly admit: () => Promise<Failure | undefined>;
  readonly onChanged: (resource: MemberResource, difference: Difference) => void;
  readonly onSynced: (resource: MemberResource) => void;
  readonly onHealth: () => void;
  readonly onContact: () => void;
  readonly mayHold: (resource: MemberResource, objects: number) => boolean;
  readonly onTooLarge: (resource: MemberResource) => void;
}

/** All that is read from one member. */
export interface MemberContent {
  readonly restore: (snapshot: MemberSnapshot) => void;
  readonly start: (relist: boolean) => void;
  readonly stop: () => void;
  readonly kick: () => void;
  readonly isRunning: () => boolean;
  readonly isSynced: () => boolean;
  readonly isCurrent: () => boolean;
  /** The earliest time at which some resource was last proved current; undefined while one was not. */
  readonly currentMs: () => number | undefined;
  /** How one resource is kept, for writing to it. */
  readonly reflector: (resource: MemberResource) => Pick<Reflector, 'version' | 'wrote' | 'deleted'>;
  readonly problems: () => readonly { readonly resource: MemberResource; readonly failure: Failure }[];
  readonly figures: () => Readonly<Record<MemberResource, ReflectorFigures>>;
  readonly snapshot: () => MemberSnapshot['resources'];
}

interface Content {
  readonly deps: MemberContentDeps;
  readonly reflectors: Record<MemberResource, Reflector>;
  readonly selection: SliceSelection;
  readonly synced: Set<MemberResource>;
  readonly problems: Map<MemberResource, Failure>;
  cancelSelection: (() => void) | undefined;
  isRunning: boolean;
  wasCurrent: boolean;
}

export function createMemberContent(deps: MemberContentDeps): MemberContent {
  const content = newContent(deps);
  const { reflectors } = content;
  return {
    restore: (snapshot) => restore(content, snapshot),
    start: (relist) => start(content, relist),
    stop: () => {
      content.isRunning = false;
      content.cancelSelection?.();
      for (const resource of MEMBER_RESOURCES) reflectors[resource].stop();
      content.problems.clear();
    },
    kick: () => {
      for (const resource of MEMBER_RESOURCES) reflectors[resource].kick();
    },
    isRunning: () => content.isRunning,
    isSynced: () => content.synced.size === MEMBER_RESOURCES.length,
    isCurrent: () => isCurrent(content),
    currentMs: () => oldestProof(content),
    reflector: (resource) => reflectors[resource],
    problems: () =>
      MEMBER_RESOURCES.flatMap((resource) => {
        const failure = content.problems.get(resource);
        return failure === undefined ? [] : [{ resource, failure }];
      }),
    figures: () => perResource((resource) => reflectors[resource].figures()),
    snapshot: () => perResource((resource) => snapshotOf(reflectors[resource])),
  };
}

function newContent(deps: MemberContentDeps): Content {
  const selection = createSliceSelection({
    serviceExport: (key) => content.reflectors.serviceexports.get(key),
    service: (key) => content.reflectors.services.get(key),
  });
  const content: Content = {
    deps,
    selection,
    reflectors: perResource((resource) => newReflector(deps, resource, () => content)),
    synced: new Set(),
    problems: new Map(),
    cancelSelection: undefined,
    isRunning: false,
    wasCurrent: false,
  };
  return content;
}

function newReflector(deps: MemberContentDeps, resource: MemberResource, content: () => Content): Reflector {
  const isSlices = resource === 'endpointslices';
  return createReflector({
    ...deps,
    source: RESOURCE_SOURCES[resource],
    parse: (value) => parseMemberObject(value, RESOURCE_SOURCES[resource], deps.sharing),
    labelSelector: () => (isSlices ? content().selection.labelSelector() : undefined),
    wants: (object) => !isSlices || content().selection.wants(object),
    sink: {
      changed: (difference) => onChanged(content(), resource, difference),
      synced: () => onSynced(content(), resource),
      health: (failure) => onHealth(content(), resource, failure),
      contact: deps.onContact,
      mayHold: (objects) => deps.mayHold(resource, objects),
      tooLarge: () => deps.onTooLarge(resource),
    },
  });
}

function restore(content: Content, snapshot: MemberSnapshot): void {
  for (const resource of MEMBER_RESOURCES) {
    const stored = snapshot.resources[resource];
    if (stored === undefined || content.synced.has(resource)) continue;
    content.reflectors[resource].restore(stored.objects);
  }
}

function start(content: Content, relist: boolean): void {
  if (content.isRunning) return;
  content.isRunning = true;
  if (relist) content.wasCurrent = false;
  for (const resource of MEMBER_RESOURCES) {
    if (resource !== 'endpointslices') content.reflectors[resource].start(relist);
  }
  if (!content.selection.isEmpty()) content.reflectors.endpointslices.start(true);
}

function onChanged(content: Content, resource: MemberResource, difference: Difference): void {
  content.deps.onChanged(resource, difference);
  if (resource !== 'serviceexports' && resource !== 'services') return;
  const keys: ObjectKey[] = [...difference.applied.map(keyOf), ...difference.deleted];
  if (content.selection.reconsider(keys)) scheduleSelection(content);
}

function onSynced(content: Content, resource: MemberResource): void {
  if (content.synced.has(resource)) return;
  content.synced.add(resource);
  content.deps.onSynced(resource);
  if (resource === 'endpointslices' || content.synced.has('endpointslices')) return;
  if (!knowsSelection(content)) return;
  if (content.selection.isEmpty()) onSynced(content, 'endpointslices');
  else applySelection(content);
}

function onHealth(content: Content, resource: MemberResource, failure: Failure | undefined): void {
  if (failure === undefined) content.problems.delete(resource);
  else content.problems.set(resource, failure);
  content.deps.onHealth();
}

/** Before both are known the selection would be too small, and its slices read twice. */
function knowsSelection(content: Content): boolean {
  return content.synced.has('serviceexports') && content.synced.has('services');
}

function scheduleSelection(content: Content): void {
  if (!content.isRunning || !knowsSelection(content)) return;
  content.cancelSelection?.();
  content.cancelSelection = content.deps.startTimer(SELECTION_DELAY_MS, () => applySelection(content));
}

/** Slices that are no longer selected go; without any selection nothing is watched. */
function applySelection(content: Content): void {
  if (!content.isRunning) return;
  const { endpointslices } = content.reflectors;
  endpointslices.stop();
  content.problems.delete('endpointslices');
  if (content.selection.isEmpty()) endpointslices.clear();
  else endpointslices.start(true);
}

/** A changed selection of slices does not make a member stale that was current before. */
function isCurrent(content: Content): boolean {
  const { reflectors, selection } = content;
  const isComplete = MEMBER_RESOURCES.every((resource) => {
    const isNeeded = resource !== 'endpointslices' || !(content.wasCurrent || selection.isEmpty());
    return !isNeeded || reflectors[resource].isCurrent();
  });
  content.wasCurrent ||= isComplete;
  return isComplete;
}

function oldestProof({ reflectors, selection }: Content): number | undefined {
  const needed = MEMBER_RESOURCES.filter((resource) => resource !== 'endpointslices' || !selection.isEmpty());
  const proofs = needed.map((resource) => reflectors[resource].figures().currentMs ?? -Infinity);
  const oldest = Math.min(...proofs);
  return Number.isFinite(oldest) ? oldest : undefined;
}

function snapshotOf(reflector: Reflector): ResourceSnapshot {
  return { resourceVersion: reflector.revision(), objects: [...reflector.all()] };
}

function perResource<T>(make: (resource: MemberResource) => T): Record<MemberResource, T> {
  return {
    namespaces: make('namespaces'),
    clusterproperties: make('clusterproperties'),
    services: make('services'),
    serviceexports: make('serviceexports'),
    endpointslices: make('endpointslices'),
  };
}
