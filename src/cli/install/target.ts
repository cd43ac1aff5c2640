import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { formatFindings, isRefused } from './finding.ts';
import { RefusedError } from './refused-error.ts';

/** A cluster to work on, and what of its kubeconfig goes into the ones we make. */
export interface Target {
  readonly client: ClusterClient;
  /** Address with path prefix, as kubeconfigs carry it. */
  readonly server: string;
  readonly ca: string | undefined;
  readonly tlsServerName: string | undefined;
}

export interface InstallDeps {
  readonly open: (kubeconfig: string, context: string | undefined) => Promise<Target>;
  /** A kubeconfig that is not in a file, and names none; errors call it as given. */
  readonly openText: (text: string, name: string) => Promise<Target>;
  readonly writeFile: (file: string, text: string) => Promise<void>;
  /** Why a file could not be written; changes nothing. */
  readonly writeProblem: (file: string) => Promise<string | undefined>;
  readonly say: (line: string) => void;
  /** Milliseconds that never step back. */
  readonly monotonic: () => number;
  readonly sleep: (delayMs: number) => Promise<void>;
}

export function openTarget(
  deps: Pick<InstallDeps, 'open'>,
  options: { readonly kubeconfig: string | undefined; readonly context: string | undefined },
): Promise<Target> {
  if (options.kubeconfig === undefined) throw new RefusedError('--kubeconfig FILE is needed');
  return deps.open(options.kubeconfig, options.context);
}

export interface HubChoice {
  readonly hubKubeconfig: string | undefined;
  readonly hubContext: string | undefined;
}

/** The hub that a command about a member names beside it. */
export function openNamedHub(
  deps: Pick<InstallDeps, 'open'>,
  { hubKubeconfig, hubContext }: HubChoice,
): Promise<Target> {
  return openTarget(deps, { kubeconfig: hubKubeconfig, context: hubContext });
}

/** Before anything is changed: the token that is to be written there would be made for nothing. */
export async function refuseUnwritable(deps: InstallDeps, file: string | undefined): Promise<void> {
  const problem = file === undefined ? undefined : await deps.writeProblem(file);
  if (problem !== undefined) throw new RefusedError(`cannot write ${file}: ${problem}`);
}

/** Says what was found; ends the command where something must be solved first. */
export function report(deps: InstallDeps, findings: readonly Finding[]): void {
  deps.say(formatFindings(findings));
  if (isRefused(findings)) throw new RefusedError('preflight found what must be solved first; nothing was changed');
}
