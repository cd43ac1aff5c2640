import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { errorCode } from './failure.ts';

export interface ExecInvocation {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the minimal environment; KUBERNETES_EXEC_INFO is among them. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a credential plugin to its end; gives its standard output, or a phrase that says why there is none. */
export type RunExec = (invocation: ExecInvocation) => Promise<Outcome<string, string>>;

export interface ExecRunnerLimits {
  readonly runTimeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly killGraceMs: number;
  /** For the end of the output after the plugin itself has ended: what it started may hold the pipe open. */
  readonly pipeGraceMs: number;
  readonly stdoutBytesMax: number;
  readonly pluginsMax: number;
  readonly waitingMax: number;
}

export const EXEC_RUNNER_LIMITS: ExecRunnerLimits = {
  runTimeoutMs: 30_000,
  killGraceMs: 5_000,
  pipeGraceMs: 1_000,
  stdoutBytesMax: 1024 * 1024,
  pluginsMax: 8,
  waitingMax: 256,
};

/** What a plugin sees of our own environment: how to run, where it is, and the usual cloud workload identities. */
const PASSED_ON = new Set([
  ...['PATH', 'HOME', 'TMPDIR', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'],
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_STS_REGIONAL_ENDPOINTS'],
  ...['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
  ...['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE', 'AZURE_AUTHORITY_HOST'],
  ...['GOOGLE_APPLICATION_CREDENTIALS', 'GCE_METADATA_HOST'],
]);

/**
 * Starts plugins without a shell, without a terminal and with a minimal environment; at most `pluginsMax` at once.
 * Standard error is discarded: plugins write tokens there when they are asked to be verbose. Share one runner.
 */
export function createExecRunner(
  environment: Readonly<Record<string, string | undefined>>,
  limits: ExecRunnerLimits = EXEC_RUNNER_LIMITS,
): RunExec {
  const base = passedOn(environment);
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (invocation) => {
    if (running >= limits.pluginsMax) {
      if (waiting.length >= limits.waitingMax)
        return failed(`was not started: ${limits.waitingMax} others are waiting`);
      await new Promise<void>((resume) => waiting.push(resume));
    } else {
      running += 1;
    }
    try {
      return await runOnce({ ...invocation, env: { ...base, ...invocation.env } }, limits);
    } finally {
      // The place goes to the next in line, or is given back.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function passedOn(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && PASSED_ON.has(name)) kept[name] = value;
  }
  return kept;
}

async function runOnce(invocation: ExecInvocation, limits: ExecRunnerLimits): Promise<Outcome<string, string>> {
  const started = start(invocation);
  return started.ok ? followToEnd(started.value, limits) : started;
}

type Plugin = ChildProcessByStdio<null, Readable, null>;

function followToEnd(plugin: Plugin, limits: ExecRunnerLimits): Promise<Outcome<string, string>> {
  return new Promise((settle) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stopped: string | undefined;
    const timers: NodeJS.Timeout[] = [];
    const after = (delayMs: number, work: () => void): void => void timers.push(setTimeout(work, delayMs));
    const finish = (outcome: Outcome<string, string>): void => {
      for (const timer of timers) clearTimeout(timer);
      settle(outcome);
    };
    const stop = (why: string): void => {
      if (stopped !== undefined) return;
      stopped = why;
      signalGroup(plugin, 'SIGTERM');
      plugin.stdout.destroy();
      after(limits.killGraceMs, () => {
        signalGroup(plugin, 'SIGKILL');
        // Not even that ends a process that waits for a broken disk.
        after(limits.pipeGraceMs, () => finish(failed(why)));
      });
    };
    after(limits.runTimeoutMs, () => stop(`did not finish within ${limits.runTimeoutMs / 1000} s`));
    plugin.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.stdoutBytesMax) stop(`wrote more than ${limits.stdoutBytesMax} bytes`);
      else chunks.push(chunk);
    });
    plugin.on('error', (error) => finish(failed(startFault(error))));
    plugin.on('exit', () => after(limits.pipeGraceMs, () => plugin.stdout.destroy()));
    plugin.on('close', (code, signal) => {
      // What the plugin had started goes with it, but only when it was us who ended it.
      if (stopped !== undefined) signalGroup(plugin, 'SIGKILL');
      finish(stopped === undefined ? outcomeOf({ code, signal, chunks }) : failed(stopped));
    });
  });
}

interface PluginEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly chunks: readonly Buffer[];
}

function outcomeOf({ code, signal, chunks }: PluginEnd): Outcome<string, string> {
  if (code === 0) return succeeded(Buffer.concat(chunks).toString('utf8'));
  return failed(signal === null ? `exited with code ${code ?? 'unknown'}` : `was ended by ${signal}`);
}

/** A plugin leads a group of its own, so that scripts do not leave behind what they run. */
function signalGroup(plugin: Plugin, signal: NodeJS.Signals): void {
  if (plugin.pid === undefined) return;
  try {
    process.kill(-plugin.pid, signal);
  } catch {
    // All of the group have ended.
  }
}

/** Some failures to start are thrown (E2BIG), others are events (ENOENT). Arguments are secret and stay out of both. */
function start({ command, args, env }: ExecInvocation): Outcome<Plugin, string> {
  try {
    // Detached: a session of its own, without our terminal.
    return succeeded(spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'], shell: false, detached: true }));
  } catch (error) {
    return failed(startFault(error));
  }
}

function startFault(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT') return 'was not found';
  if (code === 'EACCES') return 'was not started: the file may not be executed (EACCES)';
  if (code === 'E2BIG') {
    const hint = 'Linux takes 128 KiB in one text: a certificate authority or configuration may be too large';
    return `was not started: its arguments or KUBERNETES_EXEC_INFO are too long (E2BIG); ${hint}`;
  }
  return `was not started (${code})`;
}
