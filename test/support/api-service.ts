import { Registry } from 'prom-client';
import type { RequestAction, RequestUser } from '../../src/kube/request-user.ts';
import type { ResourceDefinition, VersionDefinition } from '../../src/resources/definition.ts';
import type { ApiService, ApiServiceDeps } from '../../apiservice/service.ts';
import { createApiService } from '../../apiservice/service.ts';
import type { ResourceRequest } from '../../apiservice/types.ts';
import { DEFAULT_EDGE_LIMITS } from '../../apiservice/edge/limits.ts';
import type { Logger } from '../../apiservice/edge/logger.ts';
import { createApiMetrics } from '../../apiservice/edge/metrics.ts';

/** What the fakes around a service under test have seen. */
export interface TestService {
  readonly service: ApiService;
  readonly requests: ResourceRequest[];
  readonly actions: RequestAction[];
  readonly logs: { level: keyof Logger; fields: object; message: string }[];
  /** Calls of endWatches. */
  readonly watchesEnded: () => number;
}

export const GROUP = 'things.example.com';
export const JANE: RequestUser = { name: 'jane', uid: undefined, groups: ['system:authenticated'], extra: {} };

const VERSION: VersionDefinition = {
  name: 'v1',
  schema: {},
  deprecationWarning: undefined,
  subresources: [{ name: 'status', verbs: ['get'] }],
  toStorage: (object) => object,
  fromStorage: (object) => object,
};

/** A namespaced kind with every verb. */
export const THINGS: ResourceDefinition = {
  groupRole: 'multicluster',
  resource: 'things',
  singular: 'thing',
  kind: 'Thing',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  made: 'stored',
  description: 'A thing.',
  implementedVerbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  advertisedVerbs: ['get', 'list', 'watch'],
  readOnlyMessage: undefined,
  storageVersion: 'v1',
  versions: [VERSION],
  columns: [],
  rules: [],
  memberPolicies: [],
};

/** A namespaced kind that is computed. */
export const VIEWS: ResourceDefinition = {
  ...THINGS,
  resource: 'views',
  kind: 'View',
  made: 'derived',
  implementedVerbs: ['get', 'list', 'watch'],
  readOnlyMessage: () => 'views are computed; change the things',
};

/** A kind without namespaces. */
export const PLACES: ResourceDefinition = { ...THINGS, resource: 'places', kind: 'Place', scope: 'Cluster' };

/** A service with fakes on all sides: jane asks, everything is allowed, resources answer {}. */
export function createTestService(overrides: Partial<ApiServiceDeps> = {}): TestService {
  const requests: ResourceRequest[] = [];
  const actions: RequestAction[] = [];
  const logs: TestService['logs'] = [];
  let watchesEnded = 0;
  const log =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      logs.push({ level, fields, message });
    };
  const service = createApiService({
    served: [THINGS, VIEWS, PLACES].map((definition) => ({ group: GROUP, definition })),
    documents: {
      paths: ['/', '/apis', `/apis/${GROUP}/v1`, '/openapi/v2', '/version'],
      answer: (path) =>
        path === '/apis' || path === '/version'
          ? { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(`{"path":"${path}"}`) }
          : undefined,
    },
    resources: async (request, _message, response) => {
      requests.push(request);
      response.setHeader('Content-Type', 'application/json');
      response.end('{}');
      await Promise.resolve();
    },
    authenticate: () => Promise.resolve({ type: 'authenticated', user: JANE }),
    authorize: (_user, action) => {
      actions.push(action);
      return Promise.resolve({ type: 'allow' });
    },
    readiness: [],
    liveness: [],
    limits: DEFAULT_EDGE_LIMITS,
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    metrics: createApiMetrics(new Registry()),
    clock: Date.now,
    newId: () => '00000000-0000-4000-8000-000000000000',
    endWatches: () => {
      watchesEnded += 1;
    },
    ...overrides,
  });
  return { service, requests, actions, logs, watchesEnded: () => watchesEnded };
}
