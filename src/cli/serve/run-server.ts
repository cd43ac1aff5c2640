import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Logger } from 'pino';
import type { HealthCheck, SubresourceAnswers } from '../../../apiservice/types.ts';
import type { CertificateAndKey, ServingCertificate } from '../../../certs/index.ts';
import type { Config } from '../../config/index.ts';
import { createAuthorizer, createTokenReviewer, hubFingerprint } from '../../hub/index.ts';
import { definitions } from '../../resources/index.ts';
import { createEncodedCache, createStore } from '../../store/index.ts';
import type { EncodedCache, Store } from '../../store/index.ts';
import type { ApiRuntime } from './api-runtime.ts';
import { createApiRuntime } from './api-runtime.ts';
import type { Audit } from './audit.ts';
import { openAudit } from './audit.ts';
import { createCaBundles } from './ca-bundles.ts';
import { certificateProblem, openOwnClient, openServingCertificate } from './certificate.ts';
import { holdOpen, monotonic, sleep } from './clockwork.ts';
import type { ClusterSetRuntime } from './clusterset-runtime.ts';
import { openClusterSet } from './clusterset-runtime.ts';
import type { DurablePlace } from './durable-place.ts';
import { openDurablePlace } from './durable-place.ts';
import type { HubAccess, Reviewers } from './hub-access.ts';
import type { EmbeddedExample } from './embedded-example.ts';
import { createForgetfulStore, startEmbeddedExample } from './embedded-example.ts';
import { createProvenanceAnswers } from './explanations.ts';
import type { HubDuties } from './hub-duties.ts';
import { createHubDuties } from './hub-duties.ts';
import type { HubEvents } from './hub-events.ts';
import { createHubEvents } from './hub-events.ts';
import { listenAsConfigured } from './listening.ts';
import { createJoinAnswers } from './join-answers.ts';
import { createStoreMetrics } from './member-metrics.ts';
import { createSources } from './member-sources.ts';
import { openMemberWebhooks } from './member-webhooks.ts';
import type { MemberWebhooks } from './member-webhooks.ts';
import { openOperatorJudge, type OperatorJudge } from './operator-rules.ts';
import type { ProfileStart } from './profile-place.ts';
import { startProfiles } from './profile-place.ts';
import { openRowWrites } from './row-writes.ts';
import type { ReviewMetrics } from './review-metrics.ts';
import { createReviewMetrics } from './review-metrics.ts';
import { awaitSignal } from './signals.ts';
import { createSimulationAnswers } from './simulation-answers.ts';
import { announceStandAlone, denyAll } from './stand-alone.ts';
import { combineAnswers } from './subresource-answers.ts';
import type { Trust } from './trust.ts';
import { openTrust } from './trust.ts';

const MIB = 1024 * 1024;

export interface ServerDeps {
  readonly config: Config;
  readonly hub: HubAccess | undefined;
  readonly reviewers: Reviewers;
  readonly log: Logger;
}

/** Everything that runs, from the fence to the listener; ends when a signal comes or the fence is lost. */
export async function runServer(deps: ServerDeps): Promise<void> {
  const { config, hub, log } = deps;
  const audit = openAudit(config, log);
  const sources = await createSources(config, hub, log);
  const ending = awaitSignal(log);
  const release = holdOpen();
  try {
    const place = await openDurablePlace({ config, hub, log, onLost: ending.end, ended: ending.ended });
    if (place !== undefined) await serveInPlace(deps, { audit, sources, place, ending });
  } finally {
    release();
  }
}

async function serveInPlace(deps: ServerDeps, fenced: Fenced): Promise<void> {
  const { config, log } = deps;
  const { place } = fenced;
  let example: EmbeddedExample | undefined;
  try {
    example = config['embedded.enabled'] ? await startEmbeddedExample(config, log) : undefined;
    await serveFrom(deps, { ...fenced, example });
  } finally {
    example?.stop();
    await place.release();
  }
}

interface Fenced {
  readonly audit: Audit;
  readonly sources: Awaited<ReturnType<typeof createSources>>;
  readonly place: DurablePlace;
  readonly ending: ReturnType<typeof awaitSignal>;
}

interface Equipped extends Fenced {
  readonly example: EmbeddedExample | undefined;
}

async function serveFrom(deps: ServerDeps, { audit, sources, place, ending, example }: Equipped): Promise<void> {
  const { config, hub, reviewers, log } = deps;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const members = membersFrom({ sources, place, example });
  const profiles = await startProfiles({ config, hub, durable: members.durable, mark: place.startRevision });
  const { store, cache } = openStore(config, { ...place, ...profiles }, registry);
  await place.follow(() => store.reader.current());
  const bundles = createCaBundles({ config, log, registry });
  const certificate = await openServingCertificate({
    ...{ config, hub, log, registry, bundles },
    directory: place.directory,
    isShared: false,
  });
  const standAlone = await openAdministrator(hub, place);
  const trust = await openTrust({ config, reviewers, ownClientCa: standAlone?.authority.cert, log });
  const events = hub && createHubEvents({ config, hub, log, registry });
  const duties = hub && createHubDuties({ config, hub, certificate, bundles, log, registry, events });
  const hubFingerprint = await readFingerprint(hub, log);
  const clusterSet = await openClusterSet({
    ...{ config, log, registry, ...members, hubFingerprint },
    profiles: { ...profiles, store },
    otherWarning: () => duties?.warning(),
    onServing: () => events?.follow(store.reader, clusterSet),
  });
  const reviewing = reviews(reviewers, createReviewMetrics(registry), log);
  const operatorRules = await openOperatorJudge({ config, registry, log });
  const writes = openRowWrites({
    ...{ config, clusterSet, log, registry, audit, operatorRules },
    store: store.reader,
    authorize: reviewing.authorize,
    admission: clusterSet.admission,
  });
  const api = createApiRuntime({
    ...{ config, cache, trust, certificate, logger: log, registry, writes },
    ...reviewing,
    ...{ store: store.reader, freshness: clusterSet.freshness, findMember: clusterSet.findMember },
    subresources: createAnswers(config, clusterSet, store),
    readiness: readinessChecks({ place, clusterSet, trust, certificate, duties, operatorRules }),
  });
  const listening = await listenAsConfigured(api, config);
  log.info({ address: config['serving.bindAddress'], port: listening.port }, 'listening');
  const webhooks = await openMemberWebhooks({ config, clusterSet, certificate, log, registry, operatorRules });
  clusterSet.start();
  await duties?.start({ ...clusterSet, identity: hubFingerprint });
  if (standAlone === undefined) bundles.complete();
  if (standAlone !== undefined) {
    const announced = announceStandAlone({
      ...{ config, listening, ...standAlone },
      ...{ certificate, bundles },
      otherContexts: example?.contexts ?? [],
      store: store.reader,
      problem: clusterSet.problem,
      statuses: clusterSet.members.statuses,
      print: (text) => void process.stdout.write(text),
    });
    await Promise.race([announced, ending.ended]);
  }
  const reason = await ending.ended;
  bundles.end();
  profiles.stop();
  await shutDown({ api, webhooks, clusterSet, duties, events, trust, certificate, operatorRules }, reason);
  log.info({}, 'ended');
}

function createAnswers(config: Config, clusterSet: ClusterSetRuntime, { reader }: Store): SubresourceAnswers {
  return combineAnswers({
    'clusterproperties/join': createJoinAnswers(clusterSet),
    'serviceimports/provenance': createProvenanceAnswers({ explain: clusterSet.explain, store: reader }),
    'serviceimports/simulation': createSimulationAnswers({
      ...{ forecast: clusterSet.forecast, findMember: clusterSet.findMember },
      servedGroup: config['apiGroups.multicluster'],
    }),
  });
}

interface Administrator {
  readonly directory: string;
  readonly authority: CertificateAndKey;
  readonly client: CertificateAndKey;
}

/** Without a hub, whoever holds our own client certificate is the one who may do everything. */
async function openAdministrator(
  hub: HubAccess | undefined,
  { directory }: DurablePlace,
): Promise<Administrator | undefined> {
  if (hub !== undefined || directory === undefined) return undefined;
  return { directory, ...(await openOwnClient(directory)) };
}

/** Embedded members begin anew with each start: what they said before must not be taken for theirs. */
function membersFrom({
  sources,
  place,
  example,
}: Pick<Equipped, 'sources' | 'place' | 'example'>): Pick<Parameters<typeof openClusterSet>[0], 'sources' | 'durable'> {
  if (example === undefined) return { sources, durable: place.store };
  return { sources: [...sources, example.source], durable: createForgetfulStore() };
}

function openStore(
  config: Config,
  start: Pick<DurablePlace, 'incarnation'> & Pick<ProfileStart, 'startRevision' | 'initial'>,
  registry: Registry,
): { store: Store; cache: EncodedCache } {
  const cache = createEncodedCache({ bytesMax: config['limits.encodedCacheMiB'] * MIB });
  const store = createStore({
    resources: definitions.map(({ resource }) => resource),
    incarnation: start.incarnation,
    startRevision: start.startRevision,
    initial: start.initial,
    clock: Date.now,
    limits: {
      historyEventsMax: config['limits.historyEvents'],
      historyBytesMax: config['limits.historyMiB'] * MIB,
    },
    onReplaced: cache.retire,
  });
  createStoreMetrics(registry, store, cache);
  return { store, cache };
}

/** Where nobody can be asked, tokens are refused, and only our own administrator gets in. */
function reviews(
  { authentication, authorization }: Reviewers,
  metrics: ReviewMetrics,
  log: Logger,
): Pick<Parameters<typeof createApiRuntime>[0], 'reviewToken' | 'authorize'> {
  const asking = { clock: monotonic, random: Math.random, sleep };
  return {
    reviewToken:
      authentication &&
      createTokenReviewer({
        ...asking,
        connection: authentication,
        onAnswered: metrics.authentication,
        audiences: [],
        onError: (problem) => log.warn({ problem }, 'a token could not be reviewed'),
      }),
    authorize:
      authorization === undefined
        ? denyAll
        : createAuthorizer({ ...asking, connection: authorization, onAnswered: metrics.authorization }),
  };
}

async function readFingerprint(hub: HubAccess | undefined, log: Logger): Promise<string | undefined> {
  if (hub === undefined) return undefined;
  const fingerprint = await hubFingerprint(hub.connection);
  if (fingerprint.ok) return fingerprint.value;
  log.warn({ problem: fingerprint.error }, 'the identity of the hub is unknown: it could be registered as a member');
  return undefined;
}

interface Running {
  readonly api: ApiRuntime;
  readonly webhooks: MemberWebhooks | undefined;
  readonly clusterSet: ClusterSetRuntime;
  readonly duties: HubDuties | undefined;
  readonly events: HubEvents | undefined;
  readonly trust: Trust;
  readonly certificate: ServingCertificate;
  readonly operatorRules: OperatorJudge;
}

function readinessChecks(
  running: Omit<Running, 'api' | 'webhooks' | 'events'> & { readonly place: DurablePlace },
): readonly HealthCheck[] {
  const { clusterSet, trust, certificate, duties, place, operatorRules } = running;
  return [
    { name: 'fence', check: place.problem },
    { name: 'initial-sync', check: clusterSet.problem },
    { name: 'authentication-config', check: trust.problem },
    { name: 'serving-certificate', check: () => certificateProblem(certificate, false) },
    ...(duties === undefined ? [] : [duties.check]),
    ...operatorRules.checks,
  ];
}

/** A lost fence ends connections at once; a signal drains them. */
async function shutDown(running: Running, reason: 'signal' | 'lost'): Promise<void> {
  const { api, webhooks } = running;
  if (reason === 'lost') {
    api.cut();
    webhooks?.cut();
  } else {
    await Promise.all([api.drain(), webhooks?.drain()]);
  }
  running.events?.stop();
  running.duties?.stop();
  await running.clusterSet.stop();
  await running.operatorRules.close();
  running.trust.close();
  running.certificate.close();
}
