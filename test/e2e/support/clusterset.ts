import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../../../src/kube/domain.ts';
import type { Child, ControlPlane, Kubectl } from '../../support/control-plane/index.ts';
import { freePorts, startChild, startControlPlane } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';
import { memberDefinitions } from './crds.ts';

export const PROGRAM = new URL('../../../dist/clusterset-apiserver.js', import.meta.url).pathname;
export const NAMESPACE = 'clusterset-system';
/** What our installer registers. */
export const API_SERVICES = apiServices(MULTICLUSTER_GROUP);
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs our own program to its end, as a user would. */
export function runProgram(args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, ...args],
      { env: { ...process.env, ...env }, maxBuffer: OUTPUT_BYTES_MAX, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
      },
    );
  });
}

/** Runs our own program and throws with all it printed unless it succeeded. */
export async function program(...args: readonly string[]): Promise<string> {
  const result = await runProgram(args);
  if (result.code !== 0) {
    throw new Error(`clusterset-apiserver ${args.join(' ')}: exit ${result.code}\n${result.stdout}\n${result.stderr}`);
  }
  return result.stdout;
}

/** A hub, members and our server between them, all real, installed with our own commands. */
export interface TestClusterSet {
  readonly controlPlane: ControlPlane;
  readonly hub: Kubectl;
  readonly member: (name: string) => Kubectl;
  readonly port: number;
  /** The kubeconfig that `install` made for the server. */
  readonly serverKubeconfig: string;
  readonly server: () => Child;
  readonly startServer: (extraArgs?: readonly string[]) => Promise<void>;
  readonly stopServer: (signal?: NodeJS.Signals) => Promise<number | null>;
  /** Gives the member the definitions of our kinds and registers it by a Secret on the hub. */
  readonly register: (member: string, versions?: readonly string[], memberArgs?: readonly string[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ClusterSetOptions {
  /** Further arguments of `install --member`, such as `--with-write-rights`. */
  readonly memberArgs?: readonly string[];
}

/** Starts a hub and members, installs on the hub and registers the members; the server is not started yet. */
export async function startClusterSet(
  members: readonly string[],
  { memberArgs = [] }: ClusterSetOptions = {},
): Promise<TestClusterSet> {
  const controlPlane = await startControlPlane(['hub', ...members]);
  const set = await installHub(controlPlane, 'hub');
  for (const name of members) await set.register(name, undefined, memberArgs);
  return {
    ...set,
    stop: async () => {
      await set.stopServer();
      await controlPlane.stop();
    },
  };
}

/** Makes one of several clusters a hub; `stop` ends the server only. */
export async function installHub(
  controlPlane: ControlPlane,
  hubName: string,
  group = MULTICLUSTER_GROUP,
): Promise<TestClusterSet> {
  const hub = controlPlane.kubectl(hubName);
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  const hubKubeconfig = controlPlane.cluster(hubName).adminKubeconfig;
  const serverKubeconfig = join(controlPlane.directory, `${hubName}-server.kubeconfig`);
  const about = group === MULTICLUSTER_GROUP ? ABOUT_GROUP : 'about.clusterset-apiserver.dev';
  const groupArgs = ['--api-group', group, '--about-api-group', about];
  let server: Child | undefined;

  const register: TestClusterSet['register'] = async (name, versions, memberArgs = []) => {
    const member = controlPlane.kubectl(name);
    for (const crd of memberDefinitions(versions)) await member.apply(crd);
    await member('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    const kubeconfig = controlPlane.cluster(name).adminKubeconfig;
    const clusters = ['--kubeconfig', kubeconfig, '--hub-kubeconfig', hubKubeconfig];
    await program('install', '--member', name, ...clusters, ...memberArgs);
  };
  const startServer = async (extraArgs: readonly string[] = []): Promise<void> => {
    const args = ['serve', '--kubeconfig', serverKubeconfig, '--bind-address', '127.0.0.1', ...groupArgs];
    server = startChild({
      name: 'clusterset-apiserver',
      command: process.execPath,
      args: [PROGRAM, ...args, '--secure-port', String(port), '--log-level', 'debug', ...extraArgs],
      logFile: join(controlPlane.directory, `${hubName}-clusterset-apiserver.log`),
    });
    await eventually('the APIServices to be available and to answer', async () => {
      if (server?.process.exitCode !== null) throw new Error(`server exited: ${server?.output().slice(-3000) ?? ''}`);
      await hub('get', `serviceimports.v1beta1.${group}`, '-A');
      await hub(
        'wait',
        '--for=condition=Available',
        'apiservice',
        ...apiServices(group),
        `v1beta1.${about}`,
        '--timeout=10s',
      );
    });
  };
  const stopServer = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> =>
    server === undefined ? Promise.resolve(null) : server.stop(signal);

  await program(
    ...['install', '--kubeconfig', hubKubeconfig, '--external-address', `localhost:${port}`],
    ...['--write-kubeconfig', serverKubeconfig, ...groupArgs],
  );
  return {
    controlPlane,
    hub,
    member: (name) => controlPlane.kubectl(name),
    port,
    serverKubeconfig,
    server: () => {
      if (server === undefined) throw new Error('the server was not started');
      return server;
    },
    startServer,
    stopServer,
    register,
    stop: async () => {
      await stopServer();
    },
  };
}

function apiServices(group: string): readonly string[] {
  return ['v1beta1', 'v1alpha2', 'v1alpha1'].map((version) => `${version}.${group}`);
}
