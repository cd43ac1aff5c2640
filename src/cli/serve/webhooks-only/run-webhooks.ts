import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ServingCertificate } from '../../../../certs/index.ts';
import {
  CONVERTIBLE_KINDS,
  createWebhooks,
  DEFAULT_WEBHOOK_LIMITS,
  parseWebhookUrl,
} from '../../../../webhooks/index.ts';
import type { Webhooks } from '../../../../webhooks/index.ts';
import type { Config } from '../../../config/index.ts';
import type { CaBundleKeeper, CaBundleTarget } from '../../../hub/index.ts';
import { parseClusterId } from '../../../kube/cluster-id.ts';
import type { ClusterId } from '../../../kube/cluster-id.ts';
import { ADMISSION_SUBJECTS } from '../../../resources/index.ts';
import { UsageError } from '../../exit.ts';
import { ADVICE_CONFIGURATION, SAFETY_CONFIGURATION } from '../../install/names.ts';
import { apiGroupsOf } from '../api-runtime.ts';
import type { CaBundles } from '../ca-bundles.ts';
import { createCaBundles } from '../ca-bundles.ts';
import { certificateProblem, openServingCertificate } from '../certificate.ts';
import { holdOpen, schedule, sleep } from '../clockwork.ts';
import type { HubAccess } from '../hub-access.ts';
import { createJudge } from '../judge.ts';
import { openOperatorJudge, type OperatorJudge } from '../operator-rules.ts';
import { awaitSignal } from '../signals.ts';
import { createWebhookListener } from '../webhook-listener.ts';
import type { WebhookListener } from '../webhook-listener.ts';
import { createHubConnection } from './hub-connection.ts';
import { createJoinCall } from './join-call.ts';
import { openMemberView } from './member-view.ts';
import type { MemberView } from './member-view.ts';
import { createOpenPaths } from './open-paths.ts';

export interface WebhooksOnlyDeps {
  readonly config: Config;
  /** The member that we run in. */
  readonly member: HubAccess | undefined;
  readonly log: Logger;
}

/**
 * Answers the webhooks of the member that we run in, until a signal comes. Several such processes may run: nothing is
 * decided here that another one could decide otherwise.
 */
export async function runWebhooks(deps: WebhooksOnlyDeps): Promise<void> {
  const { config, member, log } = deps;
  const own = ownName(config);
  if (member === undefined) {
    throw new UsageError('--webhooks-only needs its cluster: run it in a pod there, or give --kubeconfig');
  }
  const ending = awaitSignal(log);
  const release = holdOpen();
  try {
    await serveMember({ ...deps, member }, own, ending.ended);
  } finally {
    release();
  }
}

function ownName(config: Config): ClusterId {
  const name = config['webhooks.memberName'];
  if (name === undefined) throw new UsageError('--webhooks-only needs --member-name');
  const own = parseClusterId(name);
  if (!own.ok) throw new UsageError(`--member-name: ${own.error}`);
  return own.value;
}

type MemberDeps = WebhooksOnlyDeps & { readonly member: HubAccess };

async function serveMember(deps: MemberDeps, own: ClusterId, ended: Promise<unknown>): Promise<void> {
  const { config, member, log } = deps;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const directory = config['durable.directory'];
  const bundles = createCaBundles({ config, log, registry });
  const certificate = await openServingCertificate({
    ...{ config, hub: member, directory, log, registry, bundles },
    isShared: true,
  });
  const file = config['webhooks.hubKubeconfig'];
  const view = openMemberView({
    ...{ config, own, log, registry },
    connection: member.connection,
    openHub: file === undefined ? undefined : (onReplaced) => createHubConnection({ file, log, onReplaced, schedule }),
  });
  const operatorRules = await openOperatorJudge({ config, registry, log });
  const webhooks = openWebhooks(deps, { own, view, registry, operatorRules });
  let isEnding = false;
  const openPaths = createOpenPaths({
    readiness: [
      { name: 'initial-sync', check: view.problem },
      { name: 'serving-certificate', check: () => certificateProblem(certificate, true) },
      ...operatorRules.checks,
      { name: 'shutdown', check: () => (isEnding ? 'the process is shutting down' : undefined) },
    ],
    ...{ logger: log, registry },
  });
  const listener = createWebhookListener({
    handle: byPath(webhooks.handle, openPaths),
    ...{ webhooks, certificate, log },
    clientCas: () => [],
    bindAddress: config['serving.bindAddress'],
  });
  const port = await listener.listen(config['serving.securePort']);
  log.info({ address: config['serving.bindAddress'], port, memberCluster: own }, 'listening');
  view.start();
  const keeper = openKeeper(deps, certificate, bundles);
  await keeper.start();
  bundles.complete();
  await ended;
  isEnding = true;
  bundles.end();
  await shutDown(deps, { listener, keeper, view, certificate });
  await operatorRules.close();
  log.info({}, 'ended');
}

interface Judging {
  readonly own: ClusterId;
  readonly view: MemberView;
  readonly registry: Registry;
  readonly operatorRules: OperatorJudge;
}

function openWebhooks({ config, log }: MemberDeps, { own, view, registry, operatorRules }: Judging): Webhooks {
  // Who else there is may have changed since the hub told: it alone decides about that.
  const alone = { ...view.admission, lookup: { ...view.admission.lookup, otherIdentities: () => [] } };
  return createWebhooks({
    subjects: ADMISSION_SUBJECTS,
    judge: createJudge({
      memberOf: () => own,
      contextFor: () => view.admission,
      contextForKind: ({ effect }) => (effect === 'deny' ? alone : view.admission),
      decideElsewhere: createJoinCall({
        ...{ own, connection: view.hub, aboutGroup: apiGroupsOf(config).about },
        identityOf: view.admission.lookup.identityOf,
      }),
      operatorRules,
    }),
    callers: { type: 'ownMember', convertible: CONVERTIBLE_KINDS },
    notSynced: view.notSynced,
    safetyBeforeSync: config['webhooks.unsynced'] === 'deny' ? 'refuse' : 'judge',
    limits: DEFAULT_WEBHOOK_LIMITS,
    logger: log,
    registry,
    clock: Date.now,
  });
}

function byPath(webhooks: RequestListener, others: RequestListener): RequestListener {
  return (message, response) => {
    const isWebhook = parseWebhookUrl(message.url ?? '') !== undefined;
    (isWebhook ? webhooks : others)(message, response);
  };
}

function openKeeper(
  { config, member }: MemberDeps,
  certificate: ServingCertificate,
  bundles: CaBundles,
): CaBundleKeeper {
  const service = { namespace: config['hub.namespace'], name: config['serving.serviceName'] };
  const endpoint = { type: 'service', ...service } as const;
  const configurations = [SAFETY_CONFIGURATION, ADVICE_CONFIGURATION];
  const targets: readonly CaBundleTarget[] = [
    ...configurations.map((name) => ({ type: 'ValidatingWebhookConfiguration', name, endpoint }) as const),
    ...config['webhooks.convertedDefinitions'].map(
      (name) => ({ type: 'CustomResourceDefinition', name, endpoint }) as const,
    ),
  ];
  return bundles.open({ connection: member.connection, cluster: 'member', targets, certificate });
}

interface Running {
  readonly listener: WebhookListener;
  readonly keeper: CaBundleKeeper;
  readonly view: MemberView;
  readonly certificate: ServingCertificate;
}

async function shutDown({ config }: MemberDeps, { listener, keeper, view, certificate }: Running): Promise<void> {
  await sleep(config['shutdown.delaySeconds'] * 1000);
  await listener.drain();
  keeper.close();
  view.stop();
  certificate.close();
}
