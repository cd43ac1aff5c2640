import { afterEach, expect, it } from 'vitest';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { createKubeconfigDirectorySource } from './kubeconfig-directory.ts';
import type { RegistrationSource, RegistrationUpdate } from './types.ts';

const POLICY = { allowExec: false, allowFiles: true, allowHttp: false, allowInsecure: false } as const;

function kubeconfig(server: string): string {
  return JSON.stringify({
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  });
}

const sources: RegistrationSource[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
});

/** A directory that the test changes; `reread` lets the next look happen. */
function rig(files: Map<string, string>): {
  updates: RegistrationUpdate[];
  reread: () => void;
  breakListing: (broken: boolean) => void;
} {
  const updates: RegistrationUpdate[] = [];
  const timers: (() => void)[] = [];
  let isBroken = false;
  const source = createKubeconfigDirectorySource(
    { directory: '/members', policy: POLICY, removalGraceMs: 0 },
    {
      listFiles: () => Promise.resolve(isBroken ? failed('cannot be listed (EACCES)') : succeeded([...files.keys()])),
      readFile: (file): Promise<Outcome<string, string>> => {
        const text = files.get(file.slice('/members/'.length));
        return Promise.resolve(text === undefined ? failed('cannot be read (ENOENT)') : succeeded(text));
      },
      clock: () => 0,
      schedule: (_delayMs, work) => {
        timers.push(work);
        return () => undefined;
      },
    },
  );
  sources.push(source);
  source.start((update) => updates.push(update));
  return {
    updates,
    reread: () => timers.shift()?.(),
    breakListing: (broken) => {
      isBroken = broken;
    },
  };
}

function show(update: RegistrationUpdate | undefined): string {
  if (update === undefined) return 'nothing';
  if (update.type === 'failed') return update.message;
  const members = update.registrations.map(({ name, settings }) => `${name}=${settings.server}`);
  return [...members, ...update.refused.map(({ name, message }) => `${name}: ${message}`)].join(', ');
}

it('registers one member per file, named after it, and leaves hidden files out', async () => {
  const files = new Map([
    ['east.yaml', kubeconfig('https://east.example')],
    ['west', kubeconfig('https://west.example')],
    ['..data', 'no kubeconfig'],
  ]);
  const { updates } = rig(files);
  await expect.poll(() => show(updates.at(-1))).toBe('east=https://east.example, west=https://west.example');
});

it('follows files that come, change, break and go', async () => {
  const files = new Map([['east.yaml', kubeconfig('https://east.example')]]);
  const { updates, reread, breakListing } = rig(files);
  await expect.poll(() => updates.length).toBe(1);
  files.set('west.yaml', kubeconfig('https://west.example'));
  files.set('east.yaml', 'broken: [');
  reread();
  await expect.poll(() => show(updates.at(-1))).toContain('west=https://west.example');
  // A broken file keeps what it registered before.
  expect(show(updates.at(-1))).toContain('east=https://east.example');
  expect(show(updates.at(-1))).toContain('kubeconfig /members/east.yaml: kubeconfig is not valid YAML');
  breakListing(true);
  reread();
  await expect.poll(() => show(updates.at(-1))).toBe('/members cannot be listed (EACCES)');
  breakListing(false);
  files.delete('east.yaml');
  reread();
  await expect.poll(() => show(updates.at(-1))).toBe('west=https://west.example');
});

it('refuses two files that stand for one name', async () => {
  const files = new Map([
    ['east.yaml', kubeconfig('https://east.example')],
    ['east.yml', kubeconfig('https://other.example')],
  ]);
  const { updates } = rig(files);
  await expect.poll(() => show(updates.at(-1))).toContain('cluster name "east" is taken by');
});

it('takes only a file apart that changed', async () => {
  const files = new Map(['east', 'west'].map((name) => [name, kubeconfig(`https://${name}.example`)]));
  const { updates, reread } = rig(files);
  await expect.poll(() => updates.length).toBe(1);
  const settings = (): readonly unknown[] => {
    const update = updates.at(-1);
    return update?.type === 'complete' ? update.registrations.map((one) => one.settings) : [];
  };
  const [east, west] = settings();
  files.set('west', kubeconfig('https://other.example'));
  reread();
  await expect.poll(() => show(updates.at(-1))).toContain('west=https://other.example');
  expect(settings()[0]).toBe(east);
  expect(settings()[1]).not.toBe(west);
});
