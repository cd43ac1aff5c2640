import { ConnectionError, createConnection, createExecRunner } from '../../connection/index.ts';
import type { KubeConnection } from '../../connection/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberRegistration, MembersLog } from '../../members/index.ts';
import type { RegistrationSource, RegistrationUpdate } from '../../members/sources/index.ts';
import { USER_AGENT } from './hub-access.ts';

/** What all sources register together. */
export interface Registrations {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  /** Sources that have not told their members once; a source that fails has not. */
  readonly pending: () => number;
}

export interface RegistrationsDeps {
  readonly sources: readonly RegistrationSource[];
  /** Members whose last state was kept over our restart. */
  readonly restored: readonly ClusterId[];
  readonly update: (registrations: readonly MemberRegistration[]) => void;
  readonly onReported: () => void;
  readonly log: MembersLog;
}

type Complete = Extract<RegistrationUpdate, { type: 'complete' }>;

interface State {
  readonly deps: RegistrationsDeps;
  readonly latest: Map<RegistrationSource, Complete>;
  readonly failing: Set<RegistrationSource>;
  /** Names that a second source registers as well, so that each is told once. */
  clashes: ReadonlySet<string>;
}

/**
 * Joins the sources: the first that registers a name has it; the same name from another source is refused. Until every
 * source has told its members once, those that were kept over our restart stay members, as stale ones: a source that
 * cannot be read is not a removal.
 */
export function createRegistrations(deps: RegistrationsDeps): Registrations {
  const runExec = createExecRunner(process.env);
  const state: State = { deps, latest: new Map(), failing: new Set(), clashes: new Set() };
  const connect = (settings: Parameters<typeof createConnection>[0]): KubeConnection =>
    createConnection(settings, { userAgent: USER_AGENT, runExec });
  const pending = (): number => deps.sources.length - state.latest.size;
  const accept = (source: RegistrationSource, news: RegistrationUpdate): void => {
    report(state, source, news);
    if (news.type === 'complete') {
      state.latest.set(source, news);
      deps.update(join(state, connect, pending() > 0));
    }
    deps.onReported();
  };
  return {
    start: () => {
      if (deps.sources.length > 0) deps.update(join(state, connect, true));
      for (const source of deps.sources) source.start((news) => accept(source, news));
    },
    stop: async () => {
      await Promise.all(deps.sources.map((source) => source.stop()));
    },
    pending,
  };
}

function join(
  state: State,
  connect: (settings: Parameters<typeof createConnection>[0]) => KubeConnection,
  isPartial: boolean,
): readonly MemberRegistration[] {
  const joined = new Map<string, MemberRegistration>();
  const clashes = new Set<string>();
  for (const source of state.deps.sources) {
    for (const { name, digest, settings, source: origin } of state.latest.get(source)?.registrations ?? []) {
      if (joined.has(name)) clashes.add(`${name}: ${origin}`);
      else joined.set(name, { name, digest, connect: () => connect(settings) });
    }
  }
  for (const clash of clashes) {
    if (state.clashes.has(clash)) continue;
    state.deps.log.warn({ registration: clash }, 'member refused: another source registers the same name');
  }
  state.clashes = clashes;
  if (!isPartial) return [...joined.values()];
  const kept = state.deps.restored.filter((name) => !joined.has(name)).map(placeholder);
  return [...joined.values(), ...kept];
}

/** A member whose registration has not been read yet: it cannot be reached, and its last state stands. */
function placeholder(name: ClusterId): MemberRegistration {
  const refuse = (): Promise<never> =>
    Promise.reject(new ConnectionError('CredentialsUnavailable', 'its registration was not read yet', { sent: false }));
  return {
    name,
    digest: 'restored',
    connect: () => ({ server: '', request: refuse, openStream: refuse, close: () => undefined }),
  };
}

function report({ deps, failing }: State, source: RegistrationSource, news: RegistrationUpdate): void {
  const { log } = deps;
  if (news.type === 'failed') {
    failing.add(source);
    log.error({ source: source.name, problem: news.message }, 'a registration source cannot be read; members stay');
    return;
  }
  if (failing.delete(source)) log.info({ source: source.name }, 'a registration source can be read again');
  for (const { name, message } of news.refused) {
    log.warn({ source: source.name, memberCluster: name, problem: message }, 'a registration was refused');
  }
}
