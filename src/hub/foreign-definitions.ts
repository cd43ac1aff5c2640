import type { KubeConnection } from '../connection/index.ts';
import type { JsonObject } from '../kube/object.ts';
import { compareText } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { ServiceReference } from './api-service.ts';
import { API_SERVICES_PATH, formatService, isSameService, parseApiService, parseDefinition } from './api-service.ts';
import { askHub, objectAt, objectsAt, textAt } from './hub-request.ts';
import type { Schedule } from './repeat.ts';
import { createRepetition } from './repeat.ts';

const DEFINITIONS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const INTERVAL_MS = 60_000;
const PAGE_ITEMS = 250;
const PAGES_MAX = 100;

/** Something on the hub that also claims what we serve. */
export interface ForeignDefinition {
  readonly type: 'customResourceDefinition' | 'apiService';
  readonly name: string;
  readonly group: string;
  /** One sentence for logs, Events and Warnings. */
  readonly message: string;
}

export interface ForeignDefinitionsDeps {
  readonly connection: KubeConnection;
  /** Group and version pairs that we serve. */
  readonly served: readonly { readonly group: string; readonly version: string }[];
  readonly service: ServiceReference;
  readonly onAppeared: (definition: ForeignDefinition) => void;
  readonly onDisappeared: (definition: ForeignDefinition) => void;
  readonly schedule: Schedule;
}

export interface ForeignDefinitions {
  start(): Promise<void>;
  /** Looks now. */
  refresh(): Promise<void>;
  /** What is there as of the last successful look. */
  current(): readonly ForeignDefinition[];
  /** Why the last look failed; undefined when it did not. */
  problem(): string | undefined;
  close(): void;
}

/** Looks from time to time for CRDs of our groups and for APIServices that take our versions to somebody else. */
export function watchForeignDefinitions(deps: ForeignDefinitionsDeps): ForeignDefinitions {
  let known = new Map<string, ForeignDefinition>();
  let problem: string | undefined;
  const repetition = createRepetition({
    intervalMs: INTERVAL_MS,
    schedule: deps.schedule,
    run: async () => {
      const [definitions, apiServices] = await Promise.all([findDefinitions(deps), findApiServices(deps)]);
      problem = definitions.ok ? undefined : definitions.error;
      if (!apiServices.ok) problem ??= apiServices.error;
      // What could not be looked at is neither new nor gone.
      const kept = [...known.values()].filter(({ type }) => !(type === 'apiService' ? apiServices.ok : definitions.ok));
      const found = [
        ...(definitions.ok ? definitions.value : []),
        ...(apiServices.ok ? apiServices.value : []),
        ...kept,
      ];
      const before = known;
      known = new Map(found.map((definition) => [`${definition.type}/${definition.name}`, definition]));
      for (const [key, definition] of known) if (!before.has(key)) deps.onAppeared(definition);
      for (const [key, definition] of before) if (!known.has(key)) deps.onDisappeared(definition);
    },
  });
  return {
    start: async () => {
      await repetition.now();
      repetition.start();
    },
    refresh: () => repetition.now(),
    current: () => [...known.values()].sort((a, b) => compareText(a.name, b.name)),
    problem: () => problem,
    close: () => repetition.stop(),
  };
}

/** Metadata first: the schemas of all CRDs of a hub may be tens of megabytes, ours are two or three. */
async function findDefinitions(deps: ForeignDefinitionsDeps): Promise<Outcome<readonly ForeignDefinition[], string>> {
  const groups = new Set(deps.served.map(({ group }) => group));
  const all = await listAll(deps.connection, DEFINITIONS_PATH, { accept: METADATA_LIST });
  if (!all.ok) return all;
  const found: ForeignDefinition[] = [];
  for (const item of all.value) {
    const name = textAt(objectAt(item, 'metadata'), 'name') ?? '';
    if (!groups.has(name.slice(name.indexOf('.') + 1))) continue;
    const query = { fieldSelector: `metadata.name=${name}` };
    const answer = await askHub(deps.connection, { method: 'GET', path: DEFINITIONS_PATH, query });
    if (!answer.ok) return failed(`CustomResourceDefinitions of the hub cannot be read: ${answer.error.message}`);
    found.push(...objectsAt(answer.value, 'items').map((object) => describeDefinition(object, deps)));
  }
  return succeeded(found);
}

function describeDefinition(object: JsonObject, deps: ForeignDefinitionsDeps): ForeignDefinition {
  const { name, group, servedVersions } = parseDefinition(object);
  const hidden = servedVersions.filter((version) => isServed(deps, group, version));
  const effect =
    hidden.length === 0
      ? 'it serves no version of ours'
      : `its objects in ${hidden.join(', ')} cannot be reached on this hub, because we serve that version`;
  const message = `CustomResourceDefinition ${name} is in our group: ${effect}`;
  return { type: 'customResourceDefinition', name, group, message };
}

async function findApiServices(deps: ForeignDefinitionsDeps): Promise<Outcome<readonly ForeignDefinition[], string>> {
  const groups = new Set(deps.served.map(({ group }) => group));
  const all = await listAll(deps.connection, API_SERVICES_PATH, {});
  if (!all.ok) return all;
  return succeeded(
    all.value.map(parseApiService).flatMap((state): readonly ForeignDefinition[] => {
      const { name, group, version, service } = state;
      if (!groups.has(group) || isSameService(service, deps.service)) return [];
      // Versions that only CRDs have are reported with their CRD.
      if (service === undefined && !isServed(deps, group, version)) return [];
      const message = `APIService ${name} sends our group to ${formatService(service)}`;
      return [{ type: 'apiService', name, group, message }];
    }),
  );
}

function isServed(deps: ForeignDefinitionsDeps, group: string, version: string): boolean {
  return deps.served.some((served) => served.group === group && served.version === version);
}

async function listAll(
  connection: KubeConnection,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Outcome<readonly JsonObject[], string>> {
  const items: JsonObject[] = [];
  let token = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = { limit: String(PAGE_ITEMS), ...(token === '' ? {} : { continue: token }) };
    const answer = await askHub(connection, { method: 'GET', path, query, headers });
    if (!answer.ok) return failed(`${path} of the hub cannot be listed: ${answer.error.message}`);
    items.push(...objectsAt(answer.value, 'items'));
    token = textAt(objectAt(answer.value, 'metadata'), 'continue') ?? '';
    if (token === '') return succeeded(items);
  }
  return failed(`${path} of the hub has more than ${PAGE_ITEMS * PAGES_MAX} objects`);
}
