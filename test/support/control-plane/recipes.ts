import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const MODULES = new URL('../../controlplane/', import.meta.url).pathname;
export const KUBERNETES_VERSION = 'v1.36.4';

const KUBERNETES = ['kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
/** Programs of ours that use the clients of client-go; nobody else has them. */
const CLIENTS = ['informer', 'inventory', 'writer'] as const;
export const STOCK_PROGRAMS = ['etcd', ...KUBERNETES] as const;
export const CLIENT_PROGRAMS: readonly ClientProgram[] = CLIENTS;

/**
 * The credential plugins of cluster-inventory-api, as they come in its module: one reads a token from a Secret, the other
 * what a kubeconfig in a Secret logs in with.
 */
export const SECRET_READER = 'secretreader';
export const KUBECONFIG_SECRET_READER = 'kubeconfig-secretreader';
const PLUGINS = [SECRET_READER, KUBECONFIG_SECRET_READER] as const;

/** A webhook on controller-runtime that the bench measures ours beside; nothing else needs it. */
export const WEBHOOK_PEER = 'webhook-peer';

/** The MultiKueue controllers of Kueue; only the test of Kueue needs them. */
export const KUEUE = 'kueue';

/** The controllers and the injector of cert-manager, as they come in its module, in one program. */
export const CERT_MANAGER = 'cert-manager';

/** Programs with a Go module of their own, in a folder of their name. */
const OWN_MODULES = [WEBHOOK_PEER, KUEUE, CERT_MANAGER] as const;

type ClientProgram = (typeof CLIENTS)[number];
export type Program =
  (typeof STOCK_PROGRAMS)[number] | ClientProgram | (typeof PLUGINS)[number] | (typeof OWN_MODULES)[number];

/** How a program is built, and the name of the cache folder that holds it. */
export interface Recipe {
  /** Folder below `test/controlplane` with the go.mod. */
  readonly module: string;
  readonly target: string;
  readonly linkerFlags: string;
  /** Changes with whatever the program is built from, and with nothing else: other programs need not be built anew. */
  readonly folder: string;
}

export function isClientProgram(program: Program): program is ClientProgram {
  return CLIENTS.some((name) => name === program);
}

export async function recipeOf(program: Program): Promise<Recipe> {
  if (program === 'etcd') {
    const folder = `etcd-${await digestOf('etcd', MODULE_FILES)}`;
    return { module: 'etcd', target: 'go.etcd.io/etcd/server/v3', linkerFlags: '-s -w', folder };
  }
  if (isClientProgram(program)) {
    const files = [...MODULE_FILES, ...(await goFiles(join('clients', program))).map((file) => join(program, file))];
    const folder = `${program}-${await digestOf('clients', files)}`;
    return { module: 'clients', target: `./${program}`, linkerFlags: '-s -w', folder };
  }
  if (PLUGINS.some((name) => name === program)) {
    const target = `sigs.k8s.io/cluster-inventory-api/plugins/${program}/cmd/plugin`;
    return {
      module: 'clients',
      target,
      linkerFlags: '-s -w',
      folder: `${program}-${await digestOf('clients', MODULE_FILES)}`,
    };
  }
  if (OWN_MODULES.some((name) => name === program)) {
    const files = [...MODULE_FILES, ...(await goFiles(program))];
    const folder = `${program}-${await digestOf(program, files)}`;
    return { module: program, target: '.', linkerFlags: '-s -w', folder };
  }
  const folder = `kubernetes-${KUBERNETES_VERSION}-${await digestOf('kubernetes', MODULE_FILES)}`;
  return { module: 'kubernetes', target: `k8s.io/kubernetes/cmd/${program}`, linkerFlags: versionFlags(), folder };
}

const MODULE_FILES = ['go.mod', 'go.sum'];

async function goFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(join(MODULES, folder))).filter((name) => name.endsWith('.go')).sort();
}

async function digestOf(module: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(await readFile(join(MODULES, module, file)));
  return hash.digest('hex').slice(0, 12);
}

/** Without these the programs call themselves v0.0.0-master, and clients' version gates break. */
function versionFlags(): string {
  const [major, minor] = KUBERNETES_VERSION.slice(1).split('.');
  const values = {
    gitVersion: KUBERNETES_VERSION,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
    buildDate: '1970-01-01T00:00:00Z',
  };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const sets = packages.flatMap((name) => Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`));
  return ['-s -w', ...sets].join(' ');
}
