import { ConnectionError, createConnection, settingsDigest } from '../../../connection/index.ts';
import type { KubeConnection } from '../../../connection/index.ts';
import type { MembersLog } from '../../../members/index.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../../kubeconfig-file.ts';
import { USER_AGENT } from '../hub-access.ts';

/** A mounted Secret changes minutes after the one in the API; looking more often would gain little. */
const REREAD_MS = 10_000;

/** The way to the hub, which may be made, replaced or taken away while we run. */
export interface HubConnection {
  /** Always the newest one; calls on a replaced one fail. */
  readonly current: () => KubeConnection;
  readonly start: () => Promise<void>;
  readonly stop: () => void;
}

export interface HubConnectionDeps {
  readonly file: string;
  readonly log: MembersLog;
  /** The credential or address changed. */
  readonly onReplaced: () => void;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
}

interface State {
  connection: KubeConnection;
  digest: string | undefined;
  problem: string | undefined;
  isStopped: boolean;
  cancel: () => void;
}

/** Reads the kubeconfig again and again; a file that is missing or broken only means that the hub cannot be reached. */
export function createHubConnection(deps: HubConnectionDeps): HubConnection {
  const state: State = {
    connection: unreachable('its kubeconfig was not read yet'),
    digest: undefined,
    problem: undefined,
    isStopped: false,
    cancel: () => undefined,
  };
  const cycle = async (): Promise<void> => {
    await read(state, deps);
    if (!state.isStopped) state.cancel = deps.schedule(() => void cycle(), REREAD_MS);
  };
  return {
    current: () => state.connection,
    start: cycle,
    stop: () => {
      state.isStopped = true;
      state.cancel();
      state.connection.close();
    },
  };
}

async function read(state: State, { file, log, onReplaced }: HubConnectionDeps): Promise<void> {
  const settings = await readKubeconfigFile(file, undefined, OPERATOR_POLICY);
  if (!settings.ok) {
    if (state.problem !== settings.error)
      log.warn({ problem: settings.error }, 'the kubeconfig of the hub cannot be used');
    state.problem = settings.error;
    // What was read before goes on, as with the registrations of members.
    if (state.digest === undefined) state.connection = unreachable(settings.error);
    return;
  }
  state.problem = undefined;
  const digest = settingsDigest(settings.value);
  if (digest === state.digest || state.isStopped) return;
  const isFirst = state.digest === undefined;
  state.connection.close();
  state.connection = createConnection(settings.value, { userAgent: USER_AGENT });
  state.digest = digest;
  if (isFirst) return;
  log.info({}, 'the kubeconfig of the hub changed: connecting anew');
  onReplaced();
}

function unreachable(problem: string): KubeConnection {
  const refuse = (): Promise<never> =>
    Promise.reject(new ConnectionError('CredentialsUnavailable', problem, { sent: false }));
  return { server: '', request: refuse, openStream: refuse, close: () => undefined };
}
