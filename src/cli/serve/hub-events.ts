import { hostname } from 'node:os';
import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import { importNews } from '../../clusterset/index.ts';
import type { ImportNews } from '../../clusterset/index.ts';
import type { Config } from '../../config/index.ts';
import { createEventRecorder } from '../../hub/index.ts';
import type { EventReference, EventResult, ForeignDefinition, HubEvent, ServiceReference } from '../../hub/index.ts';
import { DOMAIN } from '../../kube/domain.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createMemberNews } from '../../members/index.ts';
import type { MemberNews, Members, MembersLog } from '../../members/index.ts';
import { definitionOf, groupName } from '../../resources/index.ts';
import type { StoreEvent, StoreReader } from '../../store/types.ts';
import { NAME } from '../install/names.ts';
import { apiGroupsOf } from './api-runtime.ts';
import { monotonic, schedule } from './clockwork.ts';
import type { HubAccess } from './hub-access.ts';
import type { IdentityWatch } from './identity-watch.ts';
import type { NameClash, Registrations } from './registrations.ts';

const REPORTER = `${DOMAIN}/apiserver`;
const RESULTS: readonly EventResult[] = ['written', 'deduplicated', 'dropped', 'failed'];
const IMPORTS = 'serviceimports';

export interface HubEventsDeps {
  readonly config: Config;
  readonly hub: HubAccess;
  readonly log: MembersLog;
  readonly registry: Registry;
}

export interface FollowedClusterSet {
  readonly members: Pick<Members, 'statuses' | 'onStatusChange'>;
  readonly onIdentityNews: IdentityWatch['onNews'];
  readonly onNameClash: Registrations['onNameClash'];
  readonly registrationObject: Registrations['objectOf'];
}

/** Kubernetes Events on the hub about what changes in the ClusterSet. */
export interface HubEvents {
  /** Only queues. */
  readonly record: (event: HubEvent) => void;
  /** Tells from now on what changes; what is so now is no news. To be called once, when data is served. */
  readonly follow: (store: StoreReader, clusterSet: FollowedClusterSet) => void;
  readonly stop: () => void;
}

/** undefined: Events are switched off. */
export function createHubEvents({ config, hub, log, registry }: HubEventsDeps): HubEvents | undefined {
  if (!config['events.enabled']) return undefined;
  const ours = { namespace: config['hub.namespace'], name: config['serving.serviceName'] };
  const service = serviceReference(ours);
  const apiVersion = servedApiVersion(config);
  const count = createCounter(registry);
  const recorder = createEventRecorder({
    ...{ connection: hub.connection, service, clock: Date.now, monotonic, schedule },
    perMinute: config['events.perMinute'],
    reportingController: REPORTER,
    reportingInstance: `${NAME}-${hostname()}`,
    onResult: count,
    onProblem: (problem) => {
      if (problem === undefined) log.info({}, 'Events can be written on the hub again');
      else log.warn({ problem }, 'Events cannot be written on the hub');
    },
    onDropped: (events) => log.warn({ events }, 'Events were not written: too many at once'),
  });
  const { record, stop } = recorder;
  return {
    record,
    stop,
    follow: (store, { members, onIdentityNews, onNameClash, registrationObject }) => {
      const sinceMs = Date.now();
      // A revision that the store has just given is one that it serves: this cannot be refused.
      store.subscribe({ resource: IMPORTS, namespace: '' }, store.current(), (events) => {
        for (const event of events) for (const told of importEvents(event, apiVersion, sinceMs)) record(told);
      });
      const newsOf = createMemberNews(members.statuses());
      members.onStatusChange((status) => {
        const news = newsOf(status);
        if (news !== undefined) record(memberEvent(news, { service, secret: registrationObject(status.cluster) }));
      });
      onIdentityNews(({ type, reason, note }) =>
        record({ type, reason, action: 'Identify', note, regarding: service }),
      );
      onNameClash((clash) => record(nameTaken(clash, service)));
    },
  };
}

/** The definition is the related object: what has no namespace may be regarded only by Events in `default`. */
export function definitionHidden({ type, name, message }: ForeignDefinition, service: ServiceReference): HubEvent {
  const related =
    type === 'customResourceDefinition'
      ? { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name }
      : { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name };
  return {
    type: 'Warning',
    reason: 'DefinitionHidden',
    action: 'Aggregate',
    note: message,
    regarding: serviceReference(service),
    related,
  };
}

function importEvents(
  { type, current, previous }: StoreEvent,
  apiVersion: string,
  sinceMs: number,
): readonly HubEvent[] {
  const { object } = current;
  const news =
    type === 'DELETED'
      ? importNews({ previous: object, current: undefined, sinceMs })
      : importNews({ previous: previous?.object, current: object, sinceMs });
  return news.map((one) => importEvent(one, object, apiVersion));
}

function importEvent({ type, reason, note }: ImportNews, { kind, metadata }: KubeObject, apiVersion: string): HubEvent {
  const { name, namespace, uid, resourceVersion } = metadata;
  const regarding: EventReference = {
    ...{ apiVersion, kind, name },
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return { type, reason, action: 'Merge', note, regarding };
}

interface Regarded {
  readonly service: EventReference;
  /** What registers the member. */
  readonly secret: EventReference | undefined;
}

/** That a member is not taken as such is a matter of who registered it. */
function memberEvent({ type, reason, note }: MemberNews, { service, secret }: Regarded): HubEvent {
  const isRefused = reason === 'DuplicateMember' || reason === 'IsHub';
  if (isRefused) return { type, reason, action: 'Register', note, regarding: secret ?? service };
  return { type, reason, action: 'Follow', note, regarding: service };
}

/** About the Secret that is refused, where there is one: who made it may read its Events, and not our log. */
function nameTaken({ message, object }: NameClash, service: EventReference): HubEvent {
  return { type: 'Warning', reason: 'NameTaken', action: 'Register', note: message, regarding: object ?? service };
}

function serviceReference(service: ServiceReference): EventReference & ServiceReference {
  return { apiVersion: 'v1', kind: 'Service', ...service };
}

/** kubectl looks for Events of the preferred version, in the group under which we serve. */
function servedApiVersion(config: Config): string {
  const definition = definitionOf(IMPORTS);
  const version = definition.versions[0]?.name ?? definition.storageVersion;
  return `${groupName(definition.groupRole, apiGroupsOf(config))}/${version}`;
}

function createCounter(registry: Registry): (result: EventResult) => void {
  const counter = new Counter({
    name: 'clusterset_hub_events_total',
    help: 'Events for the hub by what became of them.',
    labelNames: ['result'],
    registers: [registry],
  });
  for (const result of RESULTS) counter.inc({ result }, 0);
  return (result) => counter.inc({ result });
}
