import { ConnectionError, createConnection, createExecRunner, restrictPlugins } from '../../connection/index.ts';
import type { ConnectionSettings, KubeConnection } from '../../connection/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { MemberRegistration, MembersLog } from '../../members/index.ts';
import type {
  KubeconfigReference,
  RegistrationObject,
  RegistrationSource,
  RegistrationUpdate,
} from '../../members/sources/index.ts';
import { USER_AGENT } from './hub-access.ts';
import { type JudgedProfile, judgeProfile, SETTING_LEFT_OUT } from './profile-settings.ts';

/** What all sources register together. */
export interface Registrations {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  /** Sources that have not told their members once; a source that fails has not. */
  readonly pending: () => number;
  /** How the registered member is reached and shown; undefined while its registration cannot be used. */
  readonly registrationOf: (cluster: ClusterId) => UsableRegistration | undefined;
  /** The Secret that registers the member, if one on our hub does. */
  readonly objectOf: (cluster: ClusterId) => RegistrationObject | undefined;
  /** For metrics: which sources can be read, and what in them cannot be used. */
  readonly figures: () => RegistrationFigures;
  /** Tells of every registration whose name another one has, when it becomes so. */
  readonly onNameClash: (listener: (clash: NameClash) => void) => void;
}

/** A registration that is refused because of its name. */
export interface NameClash {
  readonly cluster: string;
  /** What registers it, and who has the name; without credentials. */
  readonly message: string;
  /** The Secret that is refused; undefined: it is no object of our hub. */
  readonly object: RegistrationObject | undefined;
}

/** What profiles of a member are made from, beside the member itself. The very same object while nothing is different. */
export interface UsableRegistration {
  readonly settings: ConnectionSettings;
  readonly profile: JudgedProfile;
  /** Where its kubeconfig lies; undefined if it does not lie in a Secret. */
  readonly kubeconfig: KubeconfigReference | undefined;
}

export interface RegistrationFigures {
  readonly sources: readonly { readonly source: string; readonly isReadable: boolean }[];
  readonly refused: readonly { readonly source: string; readonly name: string }[];
}

export interface RegistrationsDeps {
  readonly sources: readonly RegistrationSource[];
  /** Members whose last state was kept over our restart. */
  readonly restored: readonly ClusterId[];
  readonly update: (registrations: readonly MemberRegistration[]) => void;
  readonly onReported: () => void;
  /** Absolute paths of the credential plugins that may run; empty allows all that registrations may name. */
  readonly allowedPlugins: readonly string[];
  readonly log: MembersLog;
}

type Complete = Extract<RegistrationUpdate, { type: 'complete' }>;

interface State {
  readonly deps: RegistrationsDeps;
  readonly latest: Map<RegistrationSource, Complete>;
  readonly failing: Set<RegistrationSource>;
  readonly listeners: ((clash: NameClash) => void)[];
  /** Members of before our start that no source has registered since, though some entry may be meant to. */
  orphans: ReadonlySet<string>;
  /** What a source registers under a name that one before it has. */
  clashes: readonly Clash[];
  /** Messages of all present clashes of names, so that each is told once. */
  toldClashes: ReadonlySet<string>;
  /** Of the registrations that count. */
  readonly usable: WeakMap<Registered, UsableRegistration>;
  /** What was told of the settings of each member, so that each fault is told once. */
  readonly toldFaults: Map<ClusterId, string>;
}

interface Clash extends NameClash {
  readonly source: string;
}

/**
 * Joins the sources: the first that registers a name has it; the same name from another source is refused. Until every
 * source has told its members once, those that were kept over our restart stay members, as stale ones: a source that
 * cannot be read is not a removal. Nor is a registration that cannot be used: its member is one that cannot be reached.
 * But it makes no member, unless it is one of our own: what strangers write down must not hold up the others.
 */
export function createRegistrations(deps: RegistrationsDeps): Registrations {
  const runExec = restrictPlugins(createExecRunner(process.env), {
    allowed: deps.allowedPlugins.length === 0 ? undefined : deps.allowedPlugins,
    searchPath: process.env['PATH'],
  });
  const state: State = {
    deps,
    latest: new Map(),
    failing: new Set(),
    listeners: [],
    orphans: new Set(deps.restored),
    clashes: [],
    toldClashes: new Set(),
    usable: new WeakMap(),
    toldFaults: new Map(),
  };
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
    registrationOf: (cluster) => findUsable(state, cluster),
    objectOf: (cluster) => findRegistered(state, cluster)?.object,
    figures: () => figuresOf(state),
    onNameClash: (listener) => void state.listeners.push(listener),
  };
}

function findUsable(state: State, cluster: ClusterId): UsableRegistration | undefined {
  const found = findRegistered(state, cluster);
  return found === undefined ? undefined : usableOf(state.usable, found);
}

function findRegistered({ deps, latest }: State, cluster: ClusterId): Registered | undefined {
  for (const source of deps.sources) {
    const found = latest.get(source)?.registrations.find(({ name }) => name === cluster);
    if (found !== undefined) return found;
  }
  return undefined;
}

function usableOf(known: State['usable'], registration: Registered): UsableRegistration {
  const { settings, profile, kubeconfig } = registration;
  const usable = known.get(registration) ?? { settings, profile: judgeProfile(profile), kubeconfig };
  known.set(registration, usable);
  return usable;
}

/** The registration stands; what cannot be used of its settings is left out of the profiles. */
function reportFaults({ deps, usable, toldFaults }: State, registrations: readonly Registered[]): void {
  const names = new Set(registrations.map(({ name }) => name));
  for (const name of toldFaults.keys()) if (!names.has(name)) toldFaults.delete(name);
  for (const registration of registrations) {
    const { name, source } = registration;
    const problem = usableOf(usable, registration)
      .profile.faults.map(({ message }) => message)
      .join('; ');
    if (problem !== '' && toldFaults.get(name) !== problem) {
      deps.log.warn({ memberCluster: name, source, problem }, SETTING_LEFT_OUT);
    }
    toldFaults.set(name, problem);
  }
}

function figuresOf({ deps, latest, failing, clashes }: State): RegistrationFigures {
  const refused = deps.sources.flatMap((source) =>
    (latest.get(source)?.refused ?? []).map(({ name }) => ({ source: source.name, name })),
  );
  return {
    sources: deps.sources.map((source) => ({ source: source.name, isReadable: !failing.has(source) })),
    refused: [...refused, ...clashes.map(({ source, cluster }) => ({ source, name: cluster }))],
  };
}

function join(
  state: State,
  connect: (settings: Parameters<typeof createConnection>[0]) => KubeConnection,
  isPartial: boolean,
): readonly MemberRegistration[] {
  const joined = new Map<string, MemberRegistration>();
  const holders = new Map<string, string>();
  const clashes: Clash[] = [];
  const counting: Registered[] = [];
  for (const source of state.deps.sources) {
    const update = state.latest.get(source);
    for (const registration of update?.registrations ?? []) {
      const { name } = registration;
      const holder = holders.get(name);
      if (holder !== undefined) {
        clashes.push(clashOf(source.name, registration, holder));
        continue;
      }
      holders.set(name, registration.source);
      counting.push(registration);
      joined.set(name, { ...problemOf(name, update), name, ...connectable(registration, connect) });
    }
  }
  reportClashes(state, clashes);
  reportFaults(state, counting);
  const unread = isPartial
    ? state.deps.restored.map((name) => placeholder(name, 'Unreachable', 'its registration was not read yet'))
    : [];
  state.orphans = new Set([...state.orphans].filter((name) => !joined.has(name)));
  for (const stand of [...unusable(state), ...unread]) {
    if (!joined.has(stand.name)) joined.set(stand.name, stand);
  }
  if (!isPartial) state.orphans = new Set([...state.orphans].filter((name) => joined.has(name)));
  return [...joined.values()];
}

type Registered = Complete['registrations'][number];

function connectable(
  { digest, settings }: Registered,
  connect: (settings: Registered['settings']) => KubeConnection,
): Pick<MemberRegistration, 'digest' | 'connect'> {
  return { digest, connect: () => connect(settings) };
}

/** An earlier registration stands while the newest one is refused: the member's state says so. */
function problemOf(name: string, update: Complete | undefined): Pick<MemberRegistration, 'problem'> {
  const refusal = update?.refused.find((entry) => entry.name === name && entry.holder === undefined);
  return refusal === undefined ? {} : { problem: refusal.message };
}

function clashOf(source: string, { name, source: origin, object }: Registered, holder: string): Clash {
  return { source, cluster: name, message: `${origin}: cluster name "${name}" is taken by ${holder}`, object };
}

function reportClashes(state: State, clashes: readonly Clash[]): void {
  const { deps, latest, listeners, toldClashes } = state;
  for (const { source, cluster: memberCluster, message: problem } of clashes) {
    if (toldClashes.has(problem)) continue;
    deps.log.warn({ source, memberCluster, problem }, 'member refused: another source registers the same name');
  }
  // Those within one source are in the log already, with what else is refused there.
  const within = deps.sources.flatMap((source) =>
    (latest.get(source)?.refused ?? []).flatMap(({ name: cluster, message, holder, object }): readonly NameClash[] =>
      holder === undefined ? [] : [{ cluster, message, object }],
    ),
  );
  const all = [...clashes, ...within];
  for (const clash of all) {
    if (!toldClashes.has(clash.message)) for (const listener of listeners) listener(clash);
  }
  state.clashes = clashes;
  state.toldClashes = new Set(all.map(({ message }) => message));
}

function unusable({ deps, latest, orphans }: State): readonly MemberRegistration[] {
  const refused = deps.sources.flatMap((source) => latest.get(source)?.refused ?? []);
  return refused.flatMap(({ name, message, standing }) => {
    const isMember = standing === undefined ? orphans.has(name) : standing === 'declared';
    const cluster = parseClusterId(name);
    if (!isMember || !cluster.ok) return [];
    return [placeholder(cluster.value, 'RegistrationInvalid', `its registration cannot be used: ${message}`)];
  });
}

/** A member without a usable registration: it cannot be reached, and its last state stands. */
function placeholder(
  name: ClusterId,
  failure: 'Unreachable' | 'RegistrationInvalid',
  problem: string,
): MemberRegistration {
  const refuse = (): Promise<never> => Promise.reject(new ConnectionError(failure, problem, { sent: false }));
  return {
    name,
    digest: problem,
    connect: () => ({ server: '', request: refuse, openStream: refuse, close: () => undefined }),
  };
}

/** What was refused before and still is for the same reason was told then. */
function report({ deps, latest, failing }: State, source: RegistrationSource, news: RegistrationUpdate): void {
  const { log } = deps;
  if (news.type === 'failed') {
    failing.add(source);
    log.error({ source: source.name, problem: news.message }, 'a registration source cannot be read; members stay');
    return;
  }
  if (failing.delete(source)) log.info({ source: source.name }, 'a registration source can be read again');
  const told = new Set(latest.get(source)?.refused.map(({ message }) => message));
  for (const { name, message } of news.refused) {
    if (!told.has(message))
      log.warn({ source: source.name, memberCluster: name, problem: message }, 'a registration was refused');
  }
}
