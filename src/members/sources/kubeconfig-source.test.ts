import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeconfigPolicy } from '../../connection/index.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import type { KubeconfigMembersOptions } from './kubeconfig-members.ts';
import { readKubeconfigMembers } from './kubeconfig-members.ts';
import { createKubeconfigSource } from './kubeconfig-source.ts';
import type { RegistrationUpdate } from './types.ts';

const POLICY: KubeconfigPolicy = { allowExec: false, allowFiles: true, allowHttp: false, allowInsecure: false };
const MARKER = 'mArKeR-s3cr3t';

/** One context per name; `users` replaces what a context's user holds. */
function kubeconfig(names: readonly string[], users: Readonly<Record<string, object>> = {}): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://c.example' } }],
    users: names.map((name) => ({ name, user: users[name] ?? { token: `${MARKER}-${name}` } })),
    contexts: names.map((name) => ({ name, context: { cluster: 'c', user: name } })),
  });
}

function show(update: RegistrationUpdate | undefined): string {
  if (update === undefined) return 'none';
  if (update.type === 'failed') return `failed: ${update.message}`;
  return [...update.registrations.map(({ name }) => name), ...update.refused.map(({ name }) => `!${name}`)].join(' ');
}

describe('readKubeconfigMembers', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'members-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function read(text: string | undefined, options: Partial<KubeconfigMembersOptions> = {}): Promise<string> {
    const file = join(directory, 'members.yaml');
    await rm(file, { force: true });
    if (text !== undefined) await writeFile(file, text);
    const outcome = await readKubeconfigMembers(file, { policy: POLICY, ...options });
    const shown = outcome.ok ? show({ type: 'complete', ...outcome.value }) : outcome.error.replaceAll(file, 'FILE');
    expect(shown).not.toContain(MARKER);
    return shown;
  }

  it('registers every context, or the wanted ones under the wanted names', async () => {
    expect(await read(kubeconfig(['beta', 'alpha']))).toBe('alpha beta');
    const contexts = [{ context: 'beta' }, { context: 'alpha', name: 'first' }];
    expect(await read(kubeconfig(['alpha', 'beta', 'gamma']), { contexts })).toBe('beta first');
  });

  it.each<[string, string | undefined, Partial<KubeconfigMembersOptions>, string]>([
    ['a missing file', undefined, {}, 'FILE cannot be read (ENOENT)'],
    ['a broken file', `a: [${MARKER}`, {}, 'FILE: kubeconfig is not valid YAML at line 1'],
    ['no context', kubeconfig([]), {}, 'FILE: kubeconfig has no contexts, so there is no member in it'],
    [
      'an unknown context',
      kubeconfig(['a']),
      { contexts: [{ context: 'b' }] },
      'FILE: context "b" is not in the kubeconfig',
    ],
    [
      'two members of one name',
      kubeconfig(['a', 'b']),
      { contexts: [{ context: 'a' }, { context: 'b', name: 'a' }] },
      'two members have the name "a": context "a" of FILE and context "b" of FILE',
    ],
  ])('fails for %s', async (...[, text, options, message]) => {
    expect(await read(text, options)).toContain(message);
  });

  it('refuses single contexts and goes on with the others', async () => {
    const users = { basic: { username: 'u', password: MARKER }, plugin: { exec: { command: MARKER } } };
    expect(await read(kubeconfig(['basic', 'good', 'plugin', 'cluster'], users))).toBe('good !basic !plugin !cluster');
    const contexts = [{ context: 'good', name: 'Not_A_Name' }];
    expect(await read(kubeconfig(['good']), { contexts })).toBe('!Not_A_Name');
  });

  it('does not read a directory', async () => {
    const outcome = await readKubeconfigMembers(directory, { policy: POLICY });
    expect(outcome.ok ? '' : outcome.error).toBe(`${directory} is not a regular file`);
  });
});

describe('the kubeconfig source', () => {
  interface Rig {
    readonly updates: RegistrationUpdate[];
    readonly last: () => string;
    /** Lets time pass and the file be read once more. */
    readonly again: (text: Outcome<string, string>, passMs?: number) => Promise<void>;
    readonly stop: () => Promise<void>;
    readonly pending: () => number;
  }

  async function rig(first: Outcome<string, string>): Promise<Rig> {
    const updates: RegistrationUpdate[] = [];
    const timers = new Set<() => void>();
    let text = first;
    let now = 0;
    let reads = 0;
    const source = createKubeconfigSource(
      { file: '/members', policy: POLICY },
      {
        clock: () => now,
        readFile: () => {
          reads += 1;
          return Promise.resolve(text);
        },
        schedule: (delayMs, work) => {
          expect(delayMs).toBe(10_000);
          timers.add(work);
          return () => timers.delete(work);
        },
      },
    );
    source.start((update) => updates.push(update));
    await expect.poll(() => timers.size).toBe(1);
    return {
      updates,
      last: () => show(updates.at(-1)),
      pending: () => timers.size,
      stop: () => source.stop(),
      again: async (next, passMs = 10_000) => {
        text = next;
        now += passMs;
        const [timer] = timers;
        timers.clear();
        const before = reads;
        timer?.();
        await expect.poll(() => reads > before && timers.size === 1).toBe(true);
      },
    };
  }

  it('tells what changed and is silent when nothing did', async () => {
    const { updates, last, again } = await rig(succeeded(kubeconfig(['a'])));
    expect(last()).toBe('a');
    await again(succeeded(kubeconfig(['a'])));
    expect(updates).toHaveLength(1);
    await again(succeeded(kubeconfig(['a', 'b'])));
    expect(last()).toBe('a b');
    const before = updates.at(-1);
    await again(succeeded(kubeconfig(['a', 'b'], { a: { token: 'rotated' } })));
    expect(last()).toBe('a b');
    expect(before).not.toEqual(updates.at(-1));
  });

  it('reports a broken file as failed, and the same members when it is whole again', async () => {
    const { last, again } = await rig(succeeded(kubeconfig(['a'])));
    await again(failed('cannot be read (EACCES)'));
    expect(last()).toBe('failed: /members cannot be read (EACCES)');
    await again(succeeded('contexts: ['));
    expect(last()).toContain('failed: /members: kubeconfig is not valid YAML');
    await again(succeeded(kubeconfig(['a'])));
    expect(last()).toBe('a');
  });

  it('lets a member go only when its context was away for the whole grace', async () => {
    const { last, again } = await rig(succeeded(kubeconfig(['a', 'b'])));
    await again(succeeded(kubeconfig(['b'])));
    expect(last()).toBe('a b');
    await again(succeeded(kubeconfig(['b'])), 59_999);
    expect(last()).toBe('a b');
    await again(succeeded(kubeconfig(['b'])), 1);
    expect(last()).toBe('b');
  });

  it('keeps the member of a context that became unusable', async () => {
    const { last, again } = await rig(succeeded(kubeconfig(['a', 'b'])));
    await again(succeeded(kubeconfig(['a', 'b'], { a: {} })), 100_000);
    expect(last()).toBe('a b !a');
  });

  it('stops for good', async () => {
    const { stop, pending } = await rig(succeeded(kubeconfig(['a'])));
    await stop();
    expect(pending()).toBe(0);
  });
});
