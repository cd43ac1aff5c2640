import type { Config } from '../../config/index.ts';
import { createConnection, createExecRunner } from '../../connection/index.ts';
import type { KubeconfigPolicy } from '../../connection/index.ts';
import type { MemberRegistration, MembersLog } from '../../members/index.ts';
import { createKubeconfigSource, createSecretSource, readKubeconfigMembers } from '../../members/sources/index.ts';
import type { KubeconfigMembersOptions, RegistrationSource, RegistrationUpdate } from '../../members/sources/index.ts';
import { UsageError } from '../exit.ts';
import type { HubAccess } from './hub-access.ts';
import { USER_AGENT } from './hub-access.ts';

const SECRET_POLICY: KubeconfigPolicy = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false };

/** The registration sources of the configuration. Throws UsageError when the members' kubeconfig cannot be used. */
export async function createSources(
  config: Config,
  hub: HubAccess | undefined,
): Promise<readonly RegistrationSource[]> {
  const sources: RegistrationSource[] = [];
  const removalGraceMs = config['members.removalGraceSeconds'] * 1000;
  const file = config['members.kubeconfig'];
  if (file !== undefined) {
    const options = kubeconfigOptions(config);
    const members = await readKubeconfigMembers(file, options);
    if (!members.ok) throw new UsageError(members.error);
    sources.push(createKubeconfigSource({ file, ...options, removalGraceMs }));
  }
  if (hub !== undefined && config['members.secrets']) {
    const { connection } = hub;
    const namespace = config['hub.namespace'];
    sources.push(createSecretSource({ connection, namespace, policy: SECRET_POLICY, removalGraceMs }));
  }
  return sources;
}

function kubeconfigOptions(config: Config): KubeconfigMembersOptions {
  const policy = { ...SECRET_POLICY, allowFiles: true, allowExec: config['members.allowExec'] };
  const contexts = config['members.contexts'].map((text) => {
    const [context = '', name] = text.split('=', 2);
    return { context, ...(name === undefined ? {} : { name }) };
  });
  return contexts.length === 0 ? { policy } : { policy, contexts };
}

/** What all sources register together. */
export interface Registrations {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  /** Sources that have not reported once. */
  readonly pending: () => number;
  /** Why a source cannot be read, or what it refused; for logs and metrics. */
  readonly failing: () => readonly string[];
}

export interface RegistrationsDeps {
  readonly sources: readonly RegistrationSource[];
  readonly update: (registrations: readonly MemberRegistration[]) => void;
  readonly onReported: () => void;
  readonly log: MembersLog;
}

/** Joins the sources: the first that registers a name has it; the same name from another source is refused. */
export function createRegistrations({ sources, update, onReported, log }: RegistrationsDeps): Registrations {
  const runExec = createExecRunner(process.env);
  const latest = new Map<RegistrationSource, RegistrationUpdate & { type: 'complete' }>();
  const reported = new Set<RegistrationSource>();
  const failures = new Map<RegistrationSource, string>();

  const publish = (): void => {
    const joined = new Map<string, MemberRegistration>();
    for (const source of sources) {
      for (const { name, digest, settings, source: origin } of latest.get(source)?.registrations ?? []) {
        if (joined.has(name)) {
          log.warn({ memberCluster: name, source: origin }, 'member refused: another source registers the same name');
          continue;
        }
        joined.set(name, {
          name,
          digest,
          connect: () => createConnection(settings, { userAgent: USER_AGENT, runExec }),
        });
      }
    }
    update([...joined.values()]);
  };
  const accept = (source: RegistrationSource, news: RegistrationUpdate): void => {
    reported.add(source);
    if (news.type === 'failed') {
      failures.set(source, news.message);
      log.error({ source: source.name, problem: news.message }, 'a registration source cannot be read; members stay');
    } else {
      if (failures.delete(source)) log.info({ source: source.name }, 'a registration source can be read again');
      for (const { name, message } of news.refused) {
        log.warn({ source: source.name, memberCluster: name, problem: message }, 'a registration was refused');
      }
      latest.set(source, news);
      publish();
    }
    onReported();
  };
  return {
    start: () => {
      for (const source of sources) source.start((news) => accept(source, news));
    },
    stop: async () => {
      await Promise.all(sources.map((source) => source.stop()));
    },
    pending: () => sources.length - reported.size,
    failing: () => [...failures.values()],
  };
}
