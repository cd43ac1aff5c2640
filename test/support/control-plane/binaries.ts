import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULES = new URL('../../controlplane/', import.meta.url).pathname;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const GO_MINOR_MIN = 26;

export const KUBERNETES_VERSION = 'v1.36.4';
const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
const INFORMER = 'informer';

export type Program = (typeof PROGRAMS)[number] | typeof INFORMER;

/** Where each program of the test control plane lies. */
export interface Binaries {
  readonly directory: string;
  readonly path: (program: Program) => string;
}

/** Why the control plane cannot be had here: said loudly by the test command, and a failure with CI=true. */
export interface Unavailable {
  readonly reason: string;
}

/** Looks without building: KUBEBUILDER_ASSETS, else the cache, else whether Go could build it. */
export function controlPlaneAvailability(): 'assets' | 'cached-or-buildable' | Unavailable {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const minor = goMinor();
  if (minor !== undefined && minor >= GO_MINOR_MIN) return assets === undefined ? 'cached-or-buildable' : 'assets';
  if (assets !== undefined)
    return {
      reason: `KUBEBUILDER_ASSETS is set, but Go >= 1.${GO_MINOR_MIN} is needed for the client-go informer program`,
    };
  return {
    reason: `neither KUBEBUILDER_ASSETS nor Go >= 1.${GO_MINOR_MIN} was found (go: ${minor === undefined ? 'absent' : `1.${minor}`})`,
  };
}

/**
 * Finds the programs or builds them from their Go modules (about five minutes, once per machine and version), saying
 * what it does. A build goes to a temporary name first: an interrupted one is never taken for a finished one.
 */
export async function provideBinaries(say: (line: string) => void): Promise<Binaries> {
  const directory = await cacheDirectory();
  await mkdir(directory, { recursive: true });
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const programs: Program[] = [...(assets === undefined ? PROGRAMS : []), INFORMER];
  for (const program of programs) {
    if (!existsSync(join(directory, program))) await build(program, directory, say);
  }
  return {
    directory,
    path: (program) => {
      const own = join(directory, program);
      if (assets === undefined || program === INFORMER) return own;
      const given = join(assets, program);
      return existsSync(given) ? given : own;
    },
  };
}

/** One folder per content of the module files, so that a changed version or informer program builds anew. */
async function cacheDirectory(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [
    'kubernetes/go.mod',
    'kubernetes/go.sum',
    'etcd/go.mod',
    'etcd/go.sum',
    'kubernetes/informer/main.go',
  ]) {
    hash.update(await readFile(join(MODULES, file)));
  }
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(
    base,
    'clusterset-apiserver',
    'control-plane',
    `${KUBERNETES_VERSION}-${hash.digest('hex').slice(0, 12)}`,
  );
}

async function build(program: Program, directory: string, say: (line: string) => void): Promise<void> {
  say(`building ${program} from its Go module (once per machine; minutes on a cold cache)`);
  const started = Date.now();
  const temporary = await mkdtemp(join(directory, 'build-'));
  const output = join(temporary, program);
  const { module, target, flags } = recipe(program);
  const progress = setInterval(
    () => say(`  still building ${program}: ${Math.round((Date.now() - started) / 1000)} s`),
    15_000,
  );
  try {
    await run('go', ['build', '-trimpath', '-ldflags', flags, '-o', output, target], {
      cwd: join(MODULES, module),
      env: { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOFLAGS: '-mod=mod' },
      maxBuffer: OUTPUT_BYTES_MAX,
    });
    await chmod(output, 0o755);
    await rename(output, join(directory, program));
  } finally {
    clearInterval(progress);
    await rm(temporary, { recursive: true, force: true });
  }
  say(`built ${program} in ${Math.round((Date.now() - started) / 1000)} s`);
}

function recipe(program: Program): { module: string; target: string; flags: string } {
  if (program === 'etcd') return { module: 'etcd', target: 'go.etcd.io/etcd/server/v3', flags: '-s -w' };
  if (program === INFORMER) return { module: 'kubernetes', target: './informer', flags: '-s -w' };
  return { module: 'kubernetes', target: `k8s.io/kubernetes/cmd/${program}`, flags: versionFlags() };
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

function goMinor(): number | undefined {
  const answer = spawnSync('go', ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const match = answer.status === 0 ? /^go1\.(\d+)/.exec(answer.stdout) : null;
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
