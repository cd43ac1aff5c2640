import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { createCertifiedName } from '../../../apiservice/index.ts';
import type { AuthenticationTrust } from '../../../apiservice/index.ts';
import type { ServingCertificate } from '../../../certs/index.ts';
import { createWebhooks, DEFAULT_WEBHOOK_LIMITS } from '../../../webhooks/index.ts';
import type { ReviewedWrite } from '../../../webhooks/index.ts';
import type { Config } from '../../config/index.ts';
import { ADMISSION_SUBJECTS } from '../../resources/index.ts';
import type { AdmissionContext, AdmissionDecision, AdmissionRequest } from '../../resources/index.ts';
import { UsageError } from '../exit.ts';
import { tellsOthers } from './admission-context.ts';
import { schedule } from './clockwork.ts';
import type { ClusterSetRuntime } from './clusterset-runtime.ts';
import { reserveClaim } from './identity-claims.ts';
import { createJudge } from './judge.ts';
import type { OperatorJudge } from './operator-rules.ts';
import { createWebhookListener } from './webhook-listener.ts';
import type { WebhookListener } from './webhook-listener.ts';

/** The file of the client CA is read again so often. */
const CA_REREAD_MS = 30_000;
/** While the members were not read, a review may be tried again after this. */
const RETRY_AFTER_SECONDS = 2;
/** A client certificate with this common name and the member's name behind it is that member's, without configuration. */
const MEMBER_NAME_PREFIX = 'clusterset-member:';

export interface MemberWebhooksDeps {
  readonly config: Config;
  readonly clusterSet: Pick<ClusterSetRuntime, 'admission' | 'findMember' | 'problem' | 'reservations'>;
  readonly certificate: ServingCertificate;
  readonly log: Logger;
  readonly registry: Registry;
  readonly operatorRules?: OperatorJudge;
}

/** The webhooks of members that ask the hub by url, on a port where nothing else is served. */
export interface MemberWebhooks {
  readonly port: number;
  readonly drain: WebhookListener['drain'];
  readonly cut: WebhookListener['cut'];
}

/** Undefined unless the configuration wants them. Throws UsageError for a client CA that cannot be read. */
export async function openMemberWebhooks(deps: MemberWebhooksDeps): Promise<MemberWebhooks | undefined> {
  const { config, clusterSet, certificate, log, registry, operatorRules } = deps;
  if (!config['webhooks.enabled']) return undefined;
  const clients = await openClients(config, log);
  const webhooks = createWebhooks({
    subjects: ADMISSION_SUBJECTS,
    judge: createJudge({
      memberOf: ({ member }) => (member === undefined ? undefined : clusterSet.findMember(member)),
      contextFor: (write) => contextFor(config, clusterSet.admission, write),
      decideElsewhere: (request, write) => reserve(clusterSet, request, write),
      ...(operatorRules === undefined ? {} : { operatorRules }),
    }),
    callers: {
      type: 'members',
      identifyMember: (member, message) => {
        if (clusterSet.findMember(member) === undefined) return 'unknown';
        return clients.memberOf(message) === member ? 'authenticated' : 'unproven';
      },
    },
    notSynced: () => {
      const because = clusterSet.problem();
      return because === undefined ? undefined : { because, retryAfterSeconds: RETRY_AFTER_SECONDS };
    },
    safetyBeforeSync: config['webhooks.unsynced'] === 'deny' ? 'refuse' : 'judge',
    limits: DEFAULT_WEBHOOK_LIMITS,
    ...{ logger: log, registry, clock: Date.now },
  });
  const bindAddress = config['serving.bindAddress'];
  const listener = createWebhookListener({
    handle: webhooks.handle,
    ...{ webhooks, certificate, log, bindAddress },
    clientCas: () => [clients.trust().clientCa ?? ''],
  });
  const stopFollowing = clients.follow(listener.reload);
  const port = await listener.listen(config['webhooks.port']);
  log.info({ address: bindAddress, port }, 'listening for webhooks of members');
  return {
    port,
    drain: async () => {
      stopFollowing();
      await listener.drain();
    },
    cut: listener.cut,
  };
}

/** Who only names a member in a path gets its judgement, and learns nothing of the others by it. */
function contextFor(config: Config, { lookup, policy }: AdmissionContext, { origin }: ReviewedWrite): AdmissionContext {
  return { lookup, policy: { ...policy, namesOthers: tellsOthers(config, origin.authenticated) } };
}

/** Who proves nothing keeps nothing from others: it could keep every id from everybody. */
function reserve(
  deps: MemberWebhooksDeps['clusterSet'],
  request: AdmissionRequest,
  { origin, subject }: ReviewedWrite,
): Promise<AdmissionDecision> | undefined {
  if (!origin.authenticated || subject.resource !== 'clusterproperties' || request.subresource !== '') return undefined;
  const reserved = reserveClaim(deps, request);
  return reserved.type === 'refused' ? Promise.resolve(reserved.decision) : undefined;
}

interface Clients {
  readonly trust: () => AuthenticationTrust;
  /** The member that the caller's certificate proves. */
  readonly memberOf: (message: IncomingMessage) => string | undefined;
  readonly follow: (onChange: () => void) => () => void;
}

async function openClients(config: Config, log: Logger): Promise<Clients> {
  const file = config['webhooks.clientCaFile'];
  const names = new Map(config['webhooks.clientNames'].map(parseClientName));
  let trust = trustIn(file === undefined ? undefined : await readCa(file));
  const certifiedName = createCertifiedName({ trust: () => trust, clock: Date.now });
  return {
    trust: () => trust,
    memberOf: (message) => {
      const name = certifiedName(message);
      if (name === undefined) return undefined;
      return (
        names.get(name) ?? (name.startsWith(MEMBER_NAME_PREFIX) ? name.slice(MEMBER_NAME_PREFIX.length) : undefined)
      );
    },
    follow: (onChange) => {
      let cancel = (): void => undefined;
      const look = async (): Promise<void> => {
        const next = file === undefined ? undefined : await readCa(file).catch(() => undefined);
        if (next !== undefined && next !== trust.clientCa) {
          trust = trustIn(next);
          log.info({}, 'the client CA of the webhooks changed');
          onChange();
        }
        cancel = schedule(() => void look(), CA_REREAD_MS);
      };
      cancel = schedule(() => void look(), CA_REREAD_MS);
      return () => cancel();
    },
  };
}

/** Written as name=member; a common name may itself hold `=`, a member's name never does. */
function parseClientName(text: string): readonly [name: string, member: string] {
  const at = text.lastIndexOf('=');
  if (at <= 0 || at === text.length - 1) {
    throw new UsageError(`configuration: "webhooks.clientNames" must be written as name=member, got "${text}"`);
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new UsageError(`cannot read webhooks.clientCaFile ${file}`);
  }
}

/** Certificates only: no front proxy asserts anything on this port. */
function trustIn(clientCa: string | undefined): AuthenticationTrust {
  return {
    clientCa,
    requestHeaderCa: undefined,
    ...{ allowedNames: [], usernameHeaders: [], uidHeaders: [], groupHeaders: [], extraPrefixes: [] },
  };
}
