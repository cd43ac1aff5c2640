import { randomUUID } from 'node:crypto';
import type { Registry } from 'prom-client';
import {
  buildDocuments,
  createApiMetrics,
  createApiService,
  createAuthenticate,
  createHttpsServer,
  createResourceHandler,
  createSubresourceHandler,
  createWriteHandler,
  DEFAULT_DATA_LIMITS,
  DEFAULT_EDGE_LIMITS,
  DEFAULT_LISTENER_LIMITS,
  nodeTimer,
} from '../../../apiservice/index.ts';
import type { DataDeps, Logger, MemberViews, ReviewToken, TlsMaterial } from '../../../apiservice/index.ts';
import type {
  ClusterSetFreshness,
  HealthCheck,
  ServedResource,
  SubresourceAnswers,
} from '../../../apiservice/types.ts';
import type { ServingCertificate } from '../../../certs/index.ts';
import type { Config } from '../../config/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { Authorize } from '../../kube/request-user.ts';
import type { RowWrites } from '../../kube/row-write.ts';
import { definitions, groupName, UPSTREAM_GROUPS } from '../../resources/index.ts';
import type { ApiGroups } from '../../resources/index.ts';
import { withMemberViews } from '../../store/index.ts';
import type { EncodedCache } from '../../store/index.ts';
import type { StoreReader } from '../../store/types.ts';
import { isCoexistence } from '../install/names.ts';
import { VERSION } from '../version.ts';
import { schedule } from './clockwork.ts';
import { rowKeyOf } from './member-kinds.ts';
import type { Trust } from './trust.ts';

const OTHER_PATHS = ['/healthz', '/livez', '/metrics', '/readyz'];
/** After a reload of TLS material fails, it is tried again with the next change only; the failure is logged. */
const RELOAD_DEBOUNCE_MS = 50;

export interface ApiDeps {
  readonly config: Config;
  readonly store: StoreReader;
  readonly cache: EncodedCache;
  readonly freshness: ClusterSetFreshness;
  /** The registered member of this name. */
  readonly findMember: (name: string) => ClusterId | undefined;
  readonly subresources: SubresourceAnswers;
  readonly trust: Trust;
  readonly certificate: ServingCertificate;
  readonly writes: RowWrites;
  readonly reviewToken: ReviewToken | undefined;
  readonly authorize: Authorize;
  readonly readiness: readonly HealthCheck[];
  readonly logger: Logger;
  readonly registry: Registry;
}

export interface ApiRuntime {
  /** Resolves with the port that was taken; 0 takes any. */
  readonly listen: (port: number) => Promise<number>;
  readonly drain: () => Promise<void>;
  /** Ends every connection now: this process may not serve any more. */
  readonly cut: () => void;
}

export function servedResources(config: Config): readonly ServedResource[] {
  const apiGroups = apiGroupsOf(config);
  return definitions.map((definition) => {
    const group = groupName(definition.groupRole, apiGroups);
    // Beside the upstream group, its short names must go on meaning the hub's own kinds.
    return { group, definition: isCoexistence(group) ? { ...definition, shortNames: [] } : definition };
  });
}

export function apiGroupsOf(config: Config): ApiGroups {
  return { multicluster: config['apiGroups.multicluster'], about: config['apiGroups.about'] };
}

export function createApiRuntime(deps: ApiDeps): ApiRuntime {
  const { config, logger } = deps;
  const metrics = createApiMetrics(deps.registry);
  const drain = new AbortController();
  const served = servedResources(config);
  const data: DataDeps = {
    store: withMemberViews(deps.store, rowKeyOf),
    cache: deps.cache,
    freshness: deps.freshness,
    clock: Date.now,
    random: Math.random,
    timer: nodeTimer,
    limits: DEFAULT_DATA_LIMITS,
    drain: drain.signal,
    metrics: metrics.data,
  };
  const service = createApiService({
    served,
    documents: buildDocuments(served, { version: versionInfo(), otherPaths: OTHER_PATHS, clock: Date.now }),
    resources: createWriteHandler(
      { data, writes: deps.writes, bodyBytesMax: DEFAULT_EDGE_LIMITS.bodyBytesMax },
      createSubresourceHandler(data, deps.subresources, createResourceHandler(data)),
    ),
    memberViews: memberViews(served, deps),
    authenticate: createAuthenticate({ trust: deps.trust.current, reviewToken: deps.reviewToken, clock: Date.now }),
    authorize: deps.authorize,
    readiness: deps.readiness,
    liveness: [],
    limits: {
      ...DEFAULT_EDGE_LIMITS,
      readsInFlightMax: config['limits.readsInFlight'],
      writesInFlightMax: config['limits.writesInFlight'],
      watchesMax: config['limits.watches'],
      shutdownDelayMs: config['shutdown.delaySeconds'] * 1000,
    },
    logger,
    metrics,
    clock: Date.now,
    newId: randomUUID,
    endWatches: () => drain.abort(),
  });
  const server = createHttpsServer({
    handle: service.handle,
    material: tlsMaterial(deps),
    limits: DEFAULT_LISTENER_LIMITS,
    onHandshakeFailed: (error) => {
      metrics.tlsHandshakeFailed();
      logger.debug({ err: error }, 'TLS handshake failed');
    },
  });
  followMaterial(deps, (material) => server.replaceMaterial(material));
  return {
    listen: (port) => server.listen(config['serving.bindAddress'], port),
    drain: () => service.drain(server),
    cut: () => server.closeAll(),
  };
}

/** Subresources with a kind of their own are asked of rows. */
function memberViews(rows: readonly ServedResource[], { findMember }: ApiDeps): MemberViews {
  const served = definitions
    .filter(({ made }) => made === 'projected')
    .map((definition) => ({
      group: UPSTREAM_GROUPS[definition.groupRole],
      definition: {
        ...definition,
        // No controller of a hub looks here for what it may delete.
        advertisedVerbs: definition.implementedVerbs,
        versions: definition.versions.map((version) => ({
          ...version,
          subresources: version.subresources.filter(({ answer }) => answer === undefined),
        })),
      },
    }));
  return {
    served,
    documents: buildDocuments(served, { version: versionInfo(), otherPaths: [], clock: Date.now }),
    isMember: (name) => findMember(name) !== undefined,
    rowGroup: (resource) => rows.find(({ definition }) => definition.resource === resource)?.group,
  };
}

function tlsMaterial({ certificate, trust }: ApiDeps): TlsMaterial {
  const { cert, key } = certificate.current();
  const { requestHeaderCa, clientCa } = trust.current();
  return { cert, key, clientCas: [requestHeaderCa, clientCa].filter((pem) => pem !== undefined) };
}

/** New certificates and authorities hold for new connections; established ones, watches among them, go on. */
function followMaterial(deps: ApiDeps, replace: (material: TlsMaterial) => void): void {
  let cancel = (): void => undefined;
  const reload = (): void => {
    cancel();
    cancel = schedule(() => {
      try {
        replace(tlsMaterial(deps));
        deps.logger.info({}, 'serving certificate or client authorities reloaded');
      } catch (error) {
        deps.logger.error({ err: error }, 'the new TLS material cannot be used; the old one stays');
      }
    }, RELOAD_DEBOUNCE_MS);
  };
  deps.certificate.onChange(reload);
  deps.trust.onChange(reload);
}

function versionInfo(): Parameters<typeof buildDocuments>[1]['version'] {
  const [major = '0', minor = '0'] = VERSION.split('.');
  return {
    major,
    minor,
    gitVersion: `v${VERSION}`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '',
    goVersion: '',
    compiler: '',
    platform: `${process.platform}/${process.arch}`,
  };
}
