import type { KubeConnection } from '../connection/index.ts';
import type { ApiServiceState, ServiceReference } from './api-service.ts';
import { API_SERVICES_PATH, formatService, isSameService, parseApiService } from './api-service.ts';
import { askHub } from './hub-request.ts';
import type { Schedule } from './repeat.ts';
import { createRepetition } from './repeat.ts';

/** Owns spec.caBundle and nothing else, so that whoever applies the manifests (without caBundle) is not in the way. */
export const CA_FIELD_MANAGER = 'clusterset-apiserver-ca';
/** With a wrong bundle the hub reaches nothing of us. */
const INTERVAL_MS = 15_000;
/** Who else writes the field wins after this many corrections within the window: no endless fight. */
const CORRECTIONS_MAX = 5;
const CORRECTIONS_WINDOW_MS = 3_600_000;

export interface CaBundleKeeperDeps {
  readonly connection: KubeConnection;
  /** Names of our APIServices, `<version>.<group>`. */
  readonly apiServices: readonly string[];
  /** Our Service: an APIService that points elsewhere is never touched. */
  readonly service: ServiceReference;
  /** What the hub should trust now, PEM; undefined: not known, then nothing is written or compared. */
  readonly caBundle: () => string | undefined;
  readonly clock: () => number;
  readonly schedule: Schedule;
}

export interface CaBundleKeeper {
  /** Looks at every APIService now, repairs what may be repaired, and begins to do so from time to time. */
  start(): Promise<void>;
  /** The same once more, after the certificate has changed. */
  refresh(): Promise<void>;
  /** For /readyz: why the hub may not trust our certificate, or undefined. */
  check(): string | undefined;
  close(): void;
}

/** Keeps spec.caBundle of our APIServices equal to what our serving certificate needs. */
export function createCaBundleKeeper(deps: CaBundleKeeperDeps): CaBundleKeeper {
  const problems = new Map<string, string>();
  const corrections = new Map<string, readonly number[]>();
  let checkedBundle: string | undefined;
  let checked = false;

  const mayCorrect = (name: string): boolean => {
    const nowMs = deps.clock();
    const recent = (corrections.get(name) ?? []).filter((atMs) => nowMs - atMs < CORRECTIONS_WINDOW_MS);
    if (recent.length >= CORRECTIONS_MAX) return false;
    corrections.set(name, [...recent, nowMs]);
    return true;
  };
  const keep = async (name: string, bundle: string): Promise<string | undefined> => {
    const answer = await askHub(deps.connection, { method: 'GET', path: `${API_SERVICES_PATH}/${name}` });
    if (!answer.ok) return answer.error.message;
    const state = parseApiService(answer.value);
    const obstacle = obstacleOf(state, deps.service);
    if (obstacle !== undefined || state.caBundle === bundle) return obstacle;
    if (isWrittenByOthers(state) && !mayCorrect(name)) {
      return `spec.caBundle is written again and again by ${state.bundleManagers.join(', ')}`;
    }
    const applied = await applyBundle(deps.connection, name, bundle);
    return applied === undefined ? undefined : `spec.caBundle cannot be applied: ${applied}`;
  };
  const repetition = createRepetition({
    intervalMs: INTERVAL_MS,
    schedule: deps.schedule,
    run: async () => {
      const bundle = deps.caBundle();
      const found = await Promise.all(
        deps.apiServices.map(async (name) => {
          const problem = bundle === undefined ? undefined : await keep(name, bundle);
          return [name, problem] as const;
        }),
      );
      problems.clear();
      for (const [name, problem] of found) if (problem !== undefined) problems.set(name, problem);
      checkedBundle = bundle;
      checked = true;
    },
  });

  return {
    start: async () => {
      await repetition.now();
      repetition.start();
    },
    refresh: async () => {
      // A run that is under way may have read the bundle before it changed.
      await repetition.now();
      if (checkedBundle !== deps.caBundle()) await repetition.now();
    },
    check: () => {
      if (deps.caBundle() === undefined) return undefined;
      if (!checked || checkedBundle !== deps.caBundle()) return 'the APIServices were not yet compared';
      if (problems.size === 0) return undefined;
      return [...problems].map(([name, problem]) => `APIService ${name}: ${problem}`).join('; ');
    },
    close: () => repetition.stop(),
  };
}

function obstacleOf(state: ApiServiceState, service: ServiceReference): string | undefined {
  if (!isSameService(state.service, service)) {
    return `it is served by ${formatService(state.service)}, not by ${formatService(service)}`;
  }
  return state.skipsVerification ? 'insecureSkipTLSVerify is set, so our certificate is not verified' : undefined;
}

/** A field that nobody owns, or only we, is just not set yet or out of date. */
function isWrittenByOthers(state: ApiServiceState): boolean {
  return state.bundleManagers.some((manager) => manager !== CA_FIELD_MANAGER);
}

/**
 * kube-apiserver takes an apply of this one field for an APIService that exists, and refuses it (422) for one that
 * does not, so nothing is ever created by accident.
 */
async function applyBundle(connection: KubeConnection, name: string, bundle: string): Promise<string | undefined> {
  const answer = await askHub(connection, {
    method: 'PATCH',
    path: `${API_SERVICES_PATH}/${name}`,
    query: { fieldManager: CA_FIELD_MANAGER, force: 'true' },
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name },
      spec: { caBundle: Buffer.from(bundle).toString('base64') },
    },
  });
  return answer.ok ? undefined : answer.error.message;
}
