import type { KubeConnection, KubeRequest } from '../../../connection/index.ts';
import { ConnectionError } from '../../../connection/index.ts';
import { parseStalenessWarning, type StaleMembers, type StartTimer } from '../../../members/index.ts';

/**
 * How often the hub is asked which members it cannot answer for, and so whether it answers at all: a watch of a dead network
 * is silent for minutes.
 */
const PROBE_INTERVAL_MS = 10_000;
/** What happens together is asked about once. */
const PROBE_SOON_MS = 200;
/** For one such question. */
const PROBE_TIMEOUT_MS = 5_000;
/** The answer is the metadata of one object, or a list of API groups. */
const PROBE_BYTES_MAX = 1024 * 1024;
/** One lost probe is no news: watches may go on. */
const PROBE_FAILURES_TO_TELL = 2;

const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

export interface HubProbeDeps {
  /** Always the newest one. */
  readonly connection: () => KubeConnection;
  /** Of a resource whose list is short; undefined before its version is known. */
  readonly listPath: () => string | undefined;
  readonly onAsk: () => void;
  readonly onReport: (stale: StaleMembers) => void;
  /** `problem` may be another one, or the hub answers again after it was away. */
  readonly onAnswer: (isBack: boolean) => void;
  readonly random: () => number;
  readonly startTimer: StartTimer;
}

/** Asks the hub again and again how it is, from `start` to `stop`. */
export interface HubProbe {
  readonly start: () => void;
  readonly stop: () => void;
  /** What is asked next is asked soon: something happened that the latest answer may not know. */
  readonly hurry: () => void;
  /** Why the hub counts as away; undefined while it answers. */
  readonly problem: () => string | undefined;
}

interface State {
  readonly deps: HubProbeDeps;
  readonly life: AbortController;
  failures: number;
  problem: string | undefined;
  /** Undefined while a question is under way. */
  cancel: (() => void) | undefined;
  isHurried: boolean;
}

export function createHubProbe(deps: HubProbeDeps): HubProbe {
  const life = new AbortController();
  const state: State = { deps, life, failures: 0, problem: undefined, cancel: undefined, isHurried: false };
  return {
    start: () => schedule(state),
    stop: () => {
      state.life.abort();
      state.cancel?.();
    },
    hurry: () => {
      if (state.isHurried) return;
      state.isHurried = true;
      if (state.cancel === undefined) return;
      state.cancel();
      schedule(state);
    },
    problem: () => (isAway(state) ? state.problem : undefined),
  };
}

function isAway({ failures }: State): boolean {
  return failures >= PROBE_FAILURES_TO_TELL;
}

function schedule(state: State): void {
  const { random, startTimer } = state.deps;
  const delayMs = state.isHurried ? PROBE_SOON_MS : PROBE_INTERVAL_MS * (0.9 + 0.2 * random());
  state.cancel = startTimer(delayMs, () => {
    state.cancel = undefined;
    state.isHurried = false;
    void probe(state).finally(() => {
      if (!state.life.signal.aborted) schedule(state);
    });
  });
}

async function probe(state: State): Promise<void> {
  const problem = await ask(state);
  if (state.life.signal.aborted) return;
  const wasAway = isAway(state);
  state.failures = problem === undefined ? 0 : state.failures + 1;
  state.problem = problem;
  state.deps.onAnswer(wasAway && problem === undefined);
}

/** Every list carries the warning about stale members. Before one is known, discovery tells whether the hub answers. */
async function ask({ deps, life }: State): Promise<string | undefined> {
  const listPath = deps.listPath();
  const path = listPath ?? '/apis';
  deps.onAsk();
  const limits = { timeoutMs: PROBE_TIMEOUT_MS, bodyBytesMax: PROBE_BYTES_MAX, signal: life.signal };
  try {
    const { status, headers } = await deps.connection().request({ method: 'GET', path, ...LIST_ONE, ...limits });
    if (status !== 200) return `${path} answers ${status}`;
    if (listPath !== undefined) deps.onReport(parseStalenessWarning(headers.warning ?? ''));
    return undefined;
  } catch (error) {
    if (error instanceof ConnectionError) return error.message;
    throw error;
  }
}

/** Where it is no list that is asked for, nobody minds. */
const LIST_ONE: Pick<KubeRequest, 'query' | 'headers'> = { query: { limit: '1' }, headers: { accept: METADATA_ONLY } };
