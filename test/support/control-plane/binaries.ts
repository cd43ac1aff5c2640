import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Program, Recipe } from './recipes.ts';
import { CLIENT_PROGRAMS, isClientProgram, MODULES, recipeOf, STOCK_PROGRAMS } from './recipes.ts';

export type { Program } from './recipes.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const GO_MINOR_MIN = 26;

/** Where each program of the test control plane lies. */
export interface Binaries {
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
      reason: `KUBEBUILDER_ASSETS is set, but Go >= 1.${GO_MINOR_MIN} is needed for the programs that use client-go`,
    };
  return {
    reason: `neither KUBEBUILDER_ASSETS nor Go >= 1.${GO_MINOR_MIN} was found (go: ${minor === undefined ? 'absent' : `1.${minor}`})`,
  };
}

/**
 * Finds the programs or builds them from their Go modules (about eight minutes, once per machine and version), saying
 * what it does. A build goes to a temporary name first: an interrupted one is never taken for a finished one.
 */
export async function provideBinaries(say: (line: string) => void): Promise<Binaries> {
  const paths = new Map<Program, string>();
  for (const program of [...STOCK_PROGRAMS, ...CLIENT_PROGRAMS]) {
    paths.set(program, givenPath(program) ?? (await provideProgram(program, say)));
  }
  return {
    path: (program) => {
      const found = paths.get(program);
      if (found === undefined) throw new Error(`no program ${program}`);
      return found;
    },
  };
}

/** What the user provides instead of building; kube-controller-manager is often not among it. */
function givenPath(program: Program): string | undefined {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets === undefined || isClientProgram(program)) return undefined;
  const given = join(assets, program);
  return existsSync(given) ? given : undefined;
}

/** The path of one program, which is built first where the cache does not have it. */
export async function provideProgram(program: Program, say: (line: string) => void): Promise<string> {
  const recipe = await recipeOf(program);
  const directory = join(cacheDirectory(), recipe.folder);
  const path = join(directory, program);
  if (!existsSync(path)) {
    await mkdir(directory, { recursive: true });
    await build({ program, recipe, directory }, say);
  }
  return path;
}

function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'clusterset-apiserver', 'control-plane');
}

interface Build {
  readonly program: Program;
  readonly recipe: Recipe;
  readonly directory: string;
}

async function build({ program, recipe, directory }: Build, say: (line: string) => void): Promise<void> {
  say(`building ${program} from its Go module (once per machine; minutes on a cold cache)`);
  const started = Date.now();
  const temporary = await mkdtemp(join(directory, 'build-'));
  const output = join(temporary, program);
  const progress = setInterval(
    () => say(`  still building ${program}: ${Math.round((Date.now() - started) / 1000)} s`),
    15_000,
  );
  try {
    await run('go', ['build', '-trimpath', '-ldflags', recipe.linkerFlags, '-o', output, recipe.target], {
      cwd: join(MODULES, recipe.module),
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

function goMinor(): number | undefined {
  const answer = spawnSync('go', ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const match = answer.status === 0 ? /^go1\.(\d+)/.exec(answer.stdout) : null;
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
