import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const CALL_TIMEOUT_MS = 120_000;

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a call gets besides its arguments. */
export interface KubectlInput {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real kubectl bound to one kubeconfig, with its own cache directory. */
export interface Kubectl {
  /** Runs to the end and returns stdout; throws with stderr when it fails. */
  (...args: string[]): Promise<string>;
  /** Runs to the end and never throws for an exit code. */
  readonly result: (args: readonly string[], given?: string | KubectlInput) => Promise<KubectlResult>;
  readonly apply: (manifest: unknown) => Promise<string>;
  readonly json: <T = Record<string, unknown>>(...args: string[]) => Promise<T>;
  /** Runs in the background (watches). */
  readonly start: (args: readonly string[], logFile: string) => Child;
}

export function createKubectl(options: { binary: string; kubeconfig: string; cacheDirectory: string }): Kubectl {
  const base = ['--kubeconfig', options.kubeconfig, '--cache-dir', join(options.cacheDirectory, 'kubectl-cache')];
  const result = (args: readonly string[], given: string | KubectlInput = {}): Promise<KubectlResult> =>
    new Promise((resolve) => {
      const { input, env } = typeof given === 'string' ? { input: given } : given;
      const child = execFile(
        options.binary,
        [...base, ...args],
        { maxBuffer: OUTPUT_BYTES_MAX, timeout: CALL_TIMEOUT_MS, env: { ...process.env, ...env } },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          resolve({ code, stdout, stderr });
        },
      );
      // A kubectl that ends without reading what it is given says why by its exit code.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
  const call = async (args: readonly string[], input?: string): Promise<string> => {
    const outcome = await result(args, input);
    if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit ${outcome.code}: ${outcome.stderr}`);
    return outcome.stdout;
  };
  return Object.assign((...args: string[]) => call(args), {
    result,
    apply: (manifest: unknown) => call(['apply', '-f', '-'], JSON.stringify(manifest)),
    json: async <T>(...args: string[]) => JSON.parse(await call([...args, '-o', 'json'])) as T,
    start: (args: readonly string[], logFile: string) =>
      startChild({ name: 'kubectl', command: options.binary, args: [...base, ...args], logFile }),
  });
}

/** The kubectl of the test control plane's own version. */
export function kubectlFor(binaries: Binaries, kubeconfig: string, cacheDirectory: string): Kubectl {
  return createKubectl({ binary: binaries.path('kubectl'), kubeconfig, cacheDirectory });
}
