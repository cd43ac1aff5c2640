import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { createExecRunner, EXEC_RUNNER_LIMITS } from './exec-runner.ts';

const MARKER = 'mArKeR-s3cr3t';

function script(code: string): { command: string; args: string[]; env: Record<string, string> } {
  return { command: process.execPath, args: ['-e', code, '--', MARKER], env: { PLUGIN: MARKER } };
}

describe('the exec runner', () => {
  const run = createExecRunner({
    PATH: process.env['PATH'],
    HOME: '/home',
    AWS_REGION: 'r',
    DATABASE_PASSWORD: MARKER,
  });

  it('gives what the plugin wrote, with a minimal environment and no standard input', async () => {
    const code = `process.stdin.on('data', () => process.exit(9)).on('end', () => process.stdout.write(JSON.stringify(process.env)))`;
    const output = await run(script(code));
    const environment: unknown = output.ok ? JSON.parse(output.value) : output;
    expect(environment).toEqual({ PATH: process.env['PATH'], HOME: '/home', AWS_REGION: 'r', PLUGIN: MARKER });
  });

  it.each([
    ['a failure', `console.log('${MARKER}'); console.error('${MARKER}'); process.exit(3)`, 'exited with code 3'],
    ['a signal', `process.kill(process.pid, 'SIGKILL')`, 'was ended by SIGKILL'],
  ])('reports %s without what was written', async (_what, code, message) => {
    expect(await run(script(code))).toEqual({ ok: false, error: message });
  });

  it('reports a command that does not exist, and arguments that are too long', async () => {
    expect(await run({ command: '/no/such/plugin', args: [MARKER], env: {} })).toEqual({
      ok: false,
      error: 'was not found',
    });
    const long = await run({ ...script(''), env: { A: 'x'.repeat(200 * 1024) } });
    expect(long.ok ? '' : long.error).toContain('too long (E2BIG)');
  });

  it('bounds the output', async () => {
    const bounded = createExecRunner(process.env, { ...EXEC_RUNNER_LIMITS, stdoutBytesMax: 10 });
    expect(await bounded(script(`process.stdout.write('x'.repeat(10))`))).toMatchObject({ ok: true });
    const output = await bounded(script(`process.stdout.write('${MARKER}'); setInterval(() => 0, 1000)`));
    expect(output).toEqual({ ok: false, error: 'wrote more than 10 bytes' });
  });

  it('ends a plugin that takes too long, also one that ignores SIGTERM', async () => {
    const impatient = createExecRunner(process.env, { ...EXEC_RUNNER_LIMITS, runTimeoutMs: 100, killGraceMs: 100 });
    const output = await impatient(script(`process.on('SIGTERM', () => 0); setInterval(() => 0, 1000)`));
    expect(output).toEqual({ ok: false, error: 'did not finish within 0.1 s' });
  });

  it('runs a bounded number at once and refuses when too many wait', async () => {
    const narrow = createExecRunner(process.env, { ...EXEC_RUNNER_LIMITS, pluginsMax: 1, waitingMax: 1 });
    let isFirstOver = false;
    const first = narrow(script('')).then(() => (isFirstOver = true));
    const second = narrow(script('')).then(() => isFirstOver);
    const third = await narrow(script(''));
    expect(third).toEqual({ ok: false, error: 'was not started: 1 others are waiting' });
    await first;
    expect(await second).toBe(true);
    await eventually('a free place', async () => expect(await narrow(script(''))).toMatchObject({ ok: true }));
  });
});
