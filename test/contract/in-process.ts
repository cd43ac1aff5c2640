import { createServer } from 'node:http';
import { buildDocuments } from '../../apiservice/documents/index.ts';
import type { DataDeps } from '../../apiservice/data/index.ts';
import { createResourceHandler, DEFAULT_DATA_LIMITS, nodeTimer } from '../../apiservice/data/index.ts';
import { createSubresourceHandler } from '../../apiservice/subresources/index.ts';
import type { ServedResource, SubresourceAnswers } from '../../apiservice/types.ts';
import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../../src/kube/domain.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { keyOf } from '../../src/kube/object.ts';
import { formatRevision, toIncarnation, toRevision } from '../../src/kube/revision.ts';
import type { ResourceDefinition } from '../../src/resources/definition.ts';
import { createEncodedCache, createStore } from '../../src/store/index.ts';
import type { StoreReader } from '../../src/store/types.ts';
import { createTestService } from '../support/api-service.ts';
import type { ContractTarget } from './target.ts';

/** A resource of the registry under the group it is served as. */
type OwnResource = ServedResource & { readonly definition: ResourceDefinition };

const UPSTREAM_GROUPS = { multicluster: MULTICLUSTER_GROUP, about: ABOUT_GROUP };

/** How long a read waits for a future revision here; the real limit would only make the suite slow. */
const FUTURE_REVISION_MS = 50;

/** Watches that last a second elsewhere end so much sooner here. */
const TIMERS_FASTER = 40;

const SPECS: Readonly<Record<string, Pick<KubeObject, 'spec' | 'status'>>> = {
  serviceimports: {
    spec: { type: 'ClusterSetIP', ports: [{ name: 'http', protocol: 'TCP', port: 80 }], sessionAffinity: 'None' },
    status: { clusters: [{ cluster: 'east' }, { cluster: 'west' }] },
  },
  clusterproperties: { spec: { value: 'eu-1' } },
  serviceexports: {
    status: {
      conditions: [
        {
          type: 'Valid',
          status: 'True',
          reason: 'Valid',
          message: '',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  },
  clusterprofiles: {
    spec: { displayName: 'east', clusterManager: { name: 'clusterset-apiserver' } },
    status: { version: { kubernetes: 'v1.36.4' }, properties: [{ name: 'clusterset.k8s.io', value: 'prod' }] },
  },
};

/** Our own service in this process, with every edge but TLS and identity, and a few objects of each resource. */
export async function startInProcess(served: readonly OwnResource[]): Promise<ContractTarget> {
  const cache = createEncodedCache();
  const store = createStore({
    resources: served.map(({ definition }) => definition.resource),
    clock: Date.now,
    incarnation: toIncarnation(3),
    startRevision: toRevision(0),
    onReplaced: cache.retire,
  });
  for (const { definition } of served) {
    const objects = samples(definition);
    store.writer.commit(objects.map((object) => ({ resource: definition.resource, key: keyOf(object), object })));
  }
  const deps: DataDeps = {
    store: store.reader,
    cache,
    freshness: { retryAfterSeconds: () => undefined, staleWarning: () => undefined, couldHold: () => [] },
    clock: Date.now,
    random: Math.random,
    timer: (callback, delayMs) => nodeTimer(callback, delayMs / TIMERS_FASTER),
    limits: { ...DEFAULT_DATA_LIMITS, futureRevisionMs: FUTURE_REVISION_MS },
    drain: new AbortController().signal,
    metrics: {
      watchEvents: () => undefined,
      watchersChanged: () => undefined,
      watchCut: () => undefined,
      listBytesInFlight: () => undefined,
      watchListTook: () => undefined,
      listRefused: () => undefined,
    },
  };
  const resources = createSubresourceHandler(deps, answersFrom(store.reader), createResourceHandler(deps));
  const version = {
    major: '1',
    minor: '36',
    gitVersion: 'v0.0.0',
    gitCommit: '',
    gitTreeState: '',
    buildDate: '',
    goVersion: '',
    compiler: '',
    platform: '',
  };
  const documents = buildDocuments(served, { version, otherPaths: [], clock: Date.now });
  const { service } = createTestService({ served, resources, documents });
  const server = createServer(service.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers of subresources with a kind of their own: little more than the metadata that they share with their parent. */
function answersFrom(store: StoreReader): SubresourceAnswers {
  return {
    get: ({ resource, namespace, name }) => {
      const stored = store.get(resource, { namespace, name });
      if (stored === undefined) return undefined;
      const { uid, creationTimestamp } = stored.object.metadata;
      const resourceVersion = formatRevision(stored.revision);
      const metadata = { name, ...(namespace === '' ? {} : { namespace }), resourceVersion };
      return {
        metadata: { ...metadata, ...(uid === undefined ? {} : { uid }), creationTimestamp: creationTimestamp ?? null },
        exports: [{ cluster: 'east', valid: 'True', standing: 'Winner' }],
      };
    },
    create: () => {
      throw new Error('nobody asks');
    },
  };
}

/** Three objects in two namespaces, in the version and group of the store. */
function samples(definition: ResourceDefinition): readonly KubeObject[] {
  const { groupRole, storageVersion, kind, resource, scope } = definition;
  const apiVersion = `${UPSTREAM_GROUPS[groupRole]}/${storageVersion}`;
  const places = [
    { namespace: 'apps', name: 'east.shop' },
    { namespace: 'apps', name: 'west.shop' },
    { namespace: 'infra', name: 'east.dns' },
  ];
  return places.map(({ namespace, name }, index) => ({
    apiVersion,
    kind,
    metadata: {
      name,
      ...(scope === 'Namespaced' ? { namespace } : {}),
      uid: `00000000-0000-4000-8000-00000000000${index}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: name },
      managedFields: [{ manager: 'test', operation: 'Update', apiVersion, fieldsType: 'FieldsV1', fieldsV1: {} }],
    },
    ...SPECS[resource],
  }));
}
