import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { createTestAuthority } from '../../test/support/tls-material.ts';
import type { TestServer } from '../../test/support/tls-server.ts';
import { startTlsServer } from '../../test/support/tls-server.ts';
import { failed } from '../kube/outcome.ts';
import { createConnection } from './connection.ts';
import type { RunExec } from './exec-runner.ts';
import { createExecRunner, EXEC_RUNNER_LIMITS } from './exec-runner.ts';
import { createSecret } from './secret.ts';
import type { ConnectionSettings } from './settings.ts';
import { plainSettings } from './settings.ts';
import type { KubeConnection } from './types.ts';

const MARKER = 'mArKeR-s3cr3t';
const V1 = 'client.authentication.k8s.io/v1';
const HANGS = 'setInterval(() => 0, 1000);';
const authority = createTestAuthority();
const serving = authority.issue({ commonName: 'server', names: 'IP:127.0.0.1' });

let directory: string;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'exec-'));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(directory, { recursive: true });
});

/** An executable file; `interpreter` and what follows are its text. */
function program(text: string, interpreter = process.execPath): string {
  const path = join(directory, `plugin-${Math.random().toString(36).slice(2)}`);
  writeFileSync(path, `#!${interpreter}\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Program text that writes an ExecCredential; `status` is an expression. */
function writes(status: string): string {
  return `process.stdout.write(JSON.stringify({ apiVersion: '${V1}', kind: 'ExecCredential', status: ${status} }));`;
}

const QUICK = { runTimeoutMs: 400, killGraceMs: 200, pipeGraceMs: 100 };

function runner(limits: Partial<typeof EXEC_RUNNER_LIMITS> = {}): RunExec {
  return createExecRunner(process.env, { ...EXEC_RUNNER_LIMITS, ...limits });
}

/** As in /proc: `Z` is one that has ended and that nobody has asked about. */
function processState(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.charAt(0) ?? '';
  } catch {
    return 'gone';
  }
}

interface Member {
  readonly server: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly installHint?: string;
  readonly clock?: () => number;
  readonly runExec?: RunExec;
}

function connect({ server, command, args = [], installHint, clock, runExec = runner() }: Member): KubeConnection {
  const settings: ConnectionSettings = {
    ...plainSettings(server),
    certificateAuthority: { type: 'inline', value: createSecret(authority.certificate) },
    exec: {
      ...{ apiVersion: V1, command, args: args.map(createSecret), env: [], provideClusterInfo: true },
      ...{ clusterConfig: undefined, installHint },
    },
  };
  const connection = createConnection(settings, {
    userAgent: 'test',
    runExec,
    ...(clock === undefined ? {} : { clock }),
  });
  cleanups.push(() => connection.close());
  return connection;
}

async function serve(isWanted: (authorization: string | undefined) => boolean = () => true): Promise<TestServer> {
  const server = await startTlsServer(serving, ({ headers, url }, response) => {
    response.writeHead(isWanted(headers.authorization) ? 200 : 401);
    if (url === '/watch') response.write('x');
    else response.end('{}');
  });
  cleanups.push(server.close);
  return server;
}

const GET = { method: 'GET', path: '/version', timeoutMs: 10_000 } as const;

describe('a plugin as a program', () => {
  it.each<[string, string, string]>([
    ['hangs', HANGS, 'did not finish within 0.4 s'],
    ['hangs and ignores SIGTERM', `process.on('SIGTERM', () => 0); ${HANGS}`, 'did not finish within 0.4 s'],
    [
      'floods its output',
      `const text = '${MARKER}'.repeat(10_000); setInterval(() => process.stdout.write(text));`,
      'wrote more than',
    ],
    [
      'dies by a signal',
      `process.stdout.write('${MARKER}'); process.kill(process.pid, 'SIGSEGV');`,
      'was ended by SIGSEGV',
    ],
    ['fails', `console.error('${MARKER}'); process.exit(7);`, 'exited with code 7'],
    ['writes nothing', '', 'did not write one JSON object'],
    [
      'writes two documents',
      `${writes("{ token: 'a' }")} ${writes("{ token: 'b' }")}`,
      'did not write one JSON object',
    ],
    [
      'writes half a document',
      `process.stdout.write('{"status": {"token": "${MARKER}');`,
      'did not write one JSON object',
    ],
    ['writes a token with a newline', writes(`{ token: '${MARKER}\\n' }`), 'holds a token with blanks'],
    ['writes a token that is no text', writes(`{ token: { a: '${MARKER}' } }`), 'whose token is not a string'],
    [
      'writes what is over',
      writes(`{ token: '${MARKER}', expirationTimestamp: '2020-01-01T00:00:00Z' }`),
      'whose time is over',
    ],
  ])('that %s gives an error that names it and holds nothing of what it wrote', async (what, code, message) => {
    const command = program(code);
    const connection = connect({
      server: 'https://127.0.0.1:1',
      command,
      runExec: runner(what.startsWith('hangs') ? QUICK : {}),
      installHint: 'install it',
    });
    const error: unknown = await connection.request(GET).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ failure: 'CredentialsUnavailable', sent: false });
    const text = error instanceof Error ? error.message : '';
    expect(text).toContain(`credential plugin "${command}" `);
    expect(text).toContain(message);
    expect(text).not.toContain(MARKER);
  });

  it('that takes longer than a call may is what the call waited for, not the member', async () => {
    const runExec: RunExec = () => new Promise(() => undefined);
    const connection = connect({ server: 'https://127.0.0.1:1', command: '/plugin', runExec });
    await expect(connection.request({ ...GET, timeoutMs: 1 })).rejects.toMatchObject({
      failure: 'CredentialsUnavailable',
      message: 'credential plugin "/plugin" has not finished yet',
      sent: false,
    });
  });

  it('that takes long again after it failed is said to be what it was', async () => {
    const answers = [Promise.resolve(failed('exited with code 7')), new Promise<never>(() => undefined)];
    const runExec: RunExec = () => answers.shift() ?? Promise.reject(new Error('run too often'));
    let nowMs = 0;
    const connection = connect({ server: 'https://127.0.0.1:1', command: '/plugin', runExec, clock: () => nowMs });
    const message = 'credential plugin "/plugin" exited with code 7';
    await expect(connection.request(GET)).rejects.toMatchObject({ message });
    nowMs = 60_000;
    await expect(connection.request({ ...GET, timeoutMs: 1 })).rejects.toMatchObject({ message });
    expect(answers).toEqual([]);
  });

  it('that may not be executed, or does not exist, is said to be so, with the hint', async () => {
    const command = program('');
    chmodSync(command, 0o644);
    const denied = connect({ server: 'https://127.0.0.1:1', command, installHint: 'see there' });
    await expect(denied.request(GET)).rejects.toMatchObject({
      message: `credential plugin "${command}" was not started: the file may not be executed (EACCES); hint: see there`,
    });
  });

  it('whose child keeps the output open is taken by what it wrote itself', async () => {
    const server = await serve();
    const text = `sleep 30 &\necho '{"apiVersion":"${V1}","kind":"ExecCredential","status":{"token":"t"}}'`;
    const connection = connect({
      server: server.url,
      command: program(text, '/bin/sh'),
      runExec: runner({ pipeGraceMs: 50 }),
    });
    await connection.request(GET);
    expect(server.seen[0]?.headers.authorization).toBe('Bearer t');
  });

  it('is ended with what it started', async () => {
    const pidFile = join(directory, 'pid');
    const command = program(`sleep 60 &\necho $! > ${pidFile}\nwhile true; do echo '${MARKER}'; done`, '/bin/sh');
    const outcome = await runner({ stdoutBytesMax: 10 })({ command, args: [], env: {} });
    expect(outcome).toEqual({ ok: false, error: 'wrote more than 10 bytes' });
    const pid = readFileSync(pidFile, 'utf8').trim();
    await eventually('the end of the child', () => expect(processState(pid)).toMatch(/^(gone|Z)$/));
  });
});

describe('the credential of a program', () => {
  it('is asked for once per member, and never shared by members that run it with other arguments', async () => {
    const runs = join(directory, 'runs');
    const command = program(
      `require('node:fs').appendFileSync('${runs}', process.argv[2] + '\\n'); ${writes('{ token: process.argv[2] }')}`,
    );
    const server = await serve();
    const runExec = runner();
    const members = ['east', 'west'].map((name) => connect({ server: server.url, command, args: [name], runExec }));
    await Promise.all(members.flatMap((member) => [1, 2, 3, 4].map(() => member.request(GET))));
    const tokens = server.seen.map(({ headers }) => headers.authorization).toSorted();
    expect(tokens.join(' ')).toBe(`${'Bearer east '.repeat(4)}${'Bearer west '.repeat(4)}`.trim());
    expect(readFileSync(runs, 'utf8').trim().split('\n').toSorted()).toEqual(['east', 'west']);
  });

  it('is renewed once for a write, too, that was refused with 401', async () => {
    const seen = join(directory, 'seen');
    const command = program(
      `const fs = require('node:fs'); const again = fs.existsSync('${seen}'); fs.writeFileSync('${seen}', ''); ${writes("{ token: again ? 'new' : 'old' }")}`,
    );
    const server = await serve((authorization) => authorization === 'Bearer new');
    let now = 0;
    const connection = connect({ server: server.url, command, clock: () => now });
    const first = await connection.request({ ...GET, method: 'POST', body: '{"a":1}' });
    expect(first.status).toBe(401);
    expect(existsSync(seen)).toBe(true);
    now = 20_000;
    const second = await connection.request({ ...GET, method: 'POST', body: '{"a":2}' });
    expect(second.status).toBe(200);
    expect(server.seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":2}', '{"a":2}']);
  });

  it('that is another certificate closes the sockets of the old one, watches included', async () => {
    const [one, two] = ['one', 'two'].map((commonName) => authority.issue({ commonName, usage: 'clientAuth' }));
    const pairs = join(directory, 'pair.json');
    const put = (pair: typeof one, life: number): void => {
      const status = {
        ...{ clientCertificateData: pair?.certificate, clientKeyData: pair?.key },
        expirationTimestamp: new Date(now + life).toISOString(),
      };
      writeFileSync(pairs, JSON.stringify(status));
    };
    let now = Date.UTC(2026, 0, 1);
    put(one, 600_000);
    const command = program(writes(`JSON.parse(require('node:fs').readFileSync('${pairs}', 'utf8'))`));
    const server = await serve();
    const connection = connect({ server: server.url, command, clock: () => now });
    const stream = await connection.openStream({ ...GET, path: '/watch' });
    now += 600_000;
    put(two, 600_000);
    await connection.request(GET);
    expect(server.seen.map(({ clientName }) => clientName)).toEqual(['one', 'two']);
    const reading = async (): Promise<void> => {
      for await (const chunk of stream.chunks) expect(chunk.toString()).toBe('x');
    };
    await expect(reading()).rejects.toMatchObject({ failure: 'Broken' });
  });
});
