import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeConnection, KubeconfigPolicy, KubeRequest, KubeStream } from '../../connection/index.ts';
import { ConnectionError } from '../../connection/index.ts';
import type { Convention } from './convention.ts';
import { kubeconfigSecrets } from './kubeconfig-secrets.ts';
import { createObjectSource } from './object-source.ts';
import type { RegistrationSource, RegistrationUpdate } from './types.ts';

const POLICY: KubeconfigPolicy = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false };
const MARKER = 'mArKeR-s3cr3t';
const CONTEXT_Y = { 'clusterset-apiserver.dev/context': 'y' };

function kubeconfig(token: string, user: object = { token }): string {
  return JSON.stringify({
    'current-context': 'x',
    clusters: ['a', 'b'].map((name) => ({ name, cluster: { server: `https://${name}.example` } })),
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'x', context: { cluster: 'a', user: 'u' } },
      { name: 'y', context: { cluster: 'b', user: 'u' } },
    ],
  });
}

function secret(name: string, revision: number, more: { content?: string; annotations?: object } = {}): object {
  const { content = kubeconfig(MARKER), annotations = {} } = more;
  const metadata = { name, namespace: 'members', resourceVersion: String(revision), annotations };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: { kubeconfig: Buffer.from(content).toString('base64') } };
}

const KEY_FILES = { 'client-certificate': '/etc/crt', 'client-key': '/etc/key' };

/** The Secret of alpha with other fields of its cluster. */
function cluster(fields: object): object {
  const content = kubeconfig(MARKER).replace(
    JSON.stringify({ server: 'https://a.example' }),
    JSON.stringify({ server: 'https://a.example', ...fields }),
  );
  return secret('alpha', 8, { content });
}

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

interface Watch {
  readonly request: KubeRequest;
  readonly send: (type: string, object: object) => void;
  readonly sendText: (text: string) => void;
  readonly end: (error?: ConnectionError) => void;
}

/** A hub that answers lists from a queue and leaves watches to the test. */
interface Hub {
  readonly connection: KubeConnection;
  readonly lists: KubeRequest[];
  readonly watches: Watch[];
  readonly answers: (Answer | ConnectionError)[];
  readonly watchAnswers: (number | ConnectionError)[];
}

function createHub(): Hub {
  const hub: Omit<Hub, 'connection'> = { lists: [], watches: [], answers: [], watchAnswers: [] };
  const connection: KubeConnection = {
    server: 'https://hub',
    close: () => undefined,
    request: async (request) => {
      hub.lists.push(request);
      await expect.poll(() => hub.answers.length > 0 || request.signal?.aborted === true).toBe(true);
      const answer = hub.answers.shift();
      if (answer === undefined) throw new ConnectionError('Aborted', 'aborted', { sent: true });
      if (answer instanceof ConnectionError) throw answer;
      return { status: answer.status ?? 200, headers: {}, body: Buffer.from(JSON.stringify(answer.body)) };
    },
    openStream: async (request) => {
      await Promise.resolve();
      const answer = hub.watchAnswers.shift() ?? 200;
      if (answer instanceof ConnectionError) throw answer;
      const { stream, watch } = createWatch(request, answer);
      if (answer === 200) hub.watches.push(watch);
      return stream;
    },
  };
  return { ...hub, connection };
}

function createWatch(request: KubeRequest, status: number): { stream: KubeStream; watch: Watch } {
  const queue: (Buffer | ConnectionError | 'end')[] = [];
  let wake: () => void = () => undefined;
  const push = (item: Buffer | ConnectionError | 'end'): void => {
    queue.push(item);
    wake();
  };
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const item = queue.shift();
      if (item === 'end') return;
      if (item instanceof ConnectionError) throw item;
      if (item !== undefined) yield item;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  request.signal?.addEventListener('abort', () => push(new ConnectionError('Aborted', 'aborted', { sent: true })));
  const watch: Watch = {
    request,
    send: (type, object) => push(Buffer.from(`${JSON.stringify({ type, object })}\n`)),
    sendText: (text) => push(Buffer.from(text)),
    end: (error) => push(error ?? 'end'),
  };
  return { stream: { status, headers: {}, chunks: chunks(), close: () => push('end') }, watch };
}

function list(revision: number, items: readonly object[], resumeAt = ''): Answer {
  return { body: { kind: 'SecretList', metadata: { resourceVersion: String(revision), continue: resumeAt }, items } };
}

const sources: RegistrationSource[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
});

interface Rig extends Hub {
  readonly updates: RegistrationUpdate[];
  readonly last: () => string;
  readonly delays: () => number[];
  /** Lets time pass: every timer that is due by then runs. */
  readonly pass: (ms: number) => void;
  /** The watch with this number, once it is open. */
  readonly watch: (index: number) => Promise<Watch>;
}

function rig(
  options: { removalGraceMs?: number } = {},
  adapt: (convention: Convention) => Convention = (convention) => convention,
): Rig {
  const hub = createHub();
  const updates: RegistrationUpdate[] = [];
  const timers = new Map<() => void, { atMs: number; delayMs: number }>();
  let now = 0;
  const source = createObjectSource(
    adapt(kubeconfigSecrets({ connection: hub.connection, namespace: 'members', policy: POLICY })),
    options,
    {
      clock: () => now,
      random: () => 0.5,
      schedule: (delayMs, work) => {
        timers.set(work, { atMs: now + delayMs, delayMs });
        return () => timers.delete(work);
      },
    },
  );
  sources.push(source);
  source.start((update) => updates.push(update));
  return {
    ...hub,
    updates,
    last: () => show(updates.at(-1)),
    delays: () => [...timers.values()].map(({ delayMs }) => delayMs),
    pass: (ms) => {
      now += ms;
      for (const [work, { atMs }] of [...timers]) {
        if (atMs > now || !timers.delete(work)) continue;
        work();
      }
    },
    watch: async (index) => {
      await expect.poll(() => hub.watches.length).toBeGreaterThan(index);
      return hub.watches[index]!;
    },
  };
}

function show(update: RegistrationUpdate | undefined): string {
  expect(inspect(update, { depth: 9 })).not.toContain(MARKER);
  if (update === undefined) return 'none';
  if (update.type === 'failed') return `failed: ${update.message}`;
  const registered = update.registrations.map(({ name, settings }) => `${name}@${settings.server}`);
  return [...registered, ...update.refused.map(({ message }) => `!${message}`)].join(' ');
}

describe('the Secret source', () => {
  it('lists page by page with the label, and watches from there', async () => {
    const { answers, lists, last, watch } = rig();
    answers.push(list(7, [secret('alpha', 3)], 'more'), list(7, [secret('beta', 4)]));
    const { request } = await watch(0);
    expect(last()).toBe('alpha@https://a.example beta@https://a.example');
    expect(lists.map(({ query }) => query?.['continue'])).toEqual([undefined, 'more']);
    expect(lists[0]).toMatchObject({
      path: '/api/v1/namespaces/members/secrets',
      query: { labelSelector: 'sigs.k8s.io/multicluster-runtime-kubeconfig=true' },
    });
    expect(request.query).toMatchObject({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: '7',
      timeoutSeconds: '360',
    });
  });

  it('follows Secrets that are added, rotated and annotated', async () => {
    const { answers, last, updates, watch } = rig();
    answers.push(list(7, [secret('alpha', 3)]));
    const { send } = await watch(0);
    send('ADDED', secret('Beta.One'.toLowerCase(), 8));
    await expect.poll(last).toMatch(/^alpha@https:\/\/a\.example beta-one-[0-9a-f]{8}@https:\/\/a\.example$/);
    const before = updates.length;
    send('MODIFIED', secret('alpha', 9, { content: kubeconfig('other') }));
    await expect.poll(() => updates.length).toBe(before + 1);
    send('MODIFIED', secret('alpha', 10, { content: kubeconfig('other'), annotations: CONTEXT_Y }));
    await expect.poll(last).toContain('alpha@https://b.example');
    send('MODIFIED', secret('alpha', 11, { content: kubeconfig('other'), annotations: { ...CONTEXT_Y, note: 'x' } }));
    send('BOOKMARK', { metadata: { resourceVersion: '12' } });
    send('ADDED', secret('zeta', 13));
    await expect.poll(last).toContain('zeta');
    expect(updates).toHaveLength(before + 3);
  });

  it.each<[string, object, string]>([
    ['no key', { ...secret('alpha', 8), data: {} }, 'it has no key "kubeconfig"'],
    ['no data', { ...secret('alpha', 8), data: null }, 'it has no key "kubeconfig"'],
    ['nonsense', secret('alpha', 8, { content: `a: [${MARKER}` }), 'kubeconfig is not valid YAML'],
    ['a plugin', secret('alpha', 8, { content: kubeconfig('', { exec: { command: MARKER } }) }), 'exec is refused'],
    ['a file', secret('alpha', 8, { content: kubeconfig('', { tokenFile: '/etc/passwd' }) }), 'tokenFile is refused'],
    ['a key file', secret('alpha', 8, { content: kubeconfig('', KEY_FILES) }), 'client-certificate is refused'],
    ['a password', secret('alpha', 8, { content: kubeconfig('', { username: 'u', password: MARKER }) }), 'password'],
    ['a file of authorities', cluster({ 'certificate-authority': '/etc/ca' }), 'certificate-authority is refused'],
    ['an http server', cluster({ server: 'http://a.example' }), 'server must be an https URL'],
    ['no check of the server', cluster({ 'insecure-skip-tls-verify': true }), 'insecure-skip-tls-verify is refused'],
    ['a CA that is none', cluster({ 'certificate-authority-data': 'bm8=' }), 'holds no PEM certificate'],
    [
      'no such context',
      secret('alpha', 8, { annotations: { 'clusterset-apiserver.dev/context': 'z' } }),
      'context "z" is not',
    ],
  ])('refuses a Secret with %s and keeps what it registered before', async (...[, object, message]) => {
    const { answers, last, watch } = rig();
    answers.push(list(7, [secret('alpha', 3)]));
    const { send } = await watch(0);
    send('MODIFIED', object);
    await expect.poll(last).toContain(`alpha@https://a.example !Secret members/alpha: `);
    expect(last()).toContain(message);
  });

  it('reads what it holds once more when the convention has other ideas, but not before it was listed', async () => {
    let annotations = {};
    let tell = (): void => undefined;
    let isFollowed = true;
    const { answers, last, watch, updates } = rig({}, (convention) => ({
      ...convention,
      candidate: (object, name) =>
        convention.candidate({ ...object, metadata: { name, namespace: 'members', annotations } }, name),
      follow: (listener) => {
        tell = listener;
        return () => (isFollowed = false);
      },
    }));
    tell();
    expect(updates).toEqual([]);
    answers.push(list(7, [secret('alpha', 3), secret('beta', 4)]));
    await watch(0);
    expect(last()).toBe('alpha@https://a.example beta@https://a.example');
    annotations = CONTEXT_Y;
    tell();
    expect(last()).toBe('alpha@https://b.example beta@https://b.example');
    tell();
    expect(updates).toHaveLength(2);
    await sources.pop()?.stop();
    expect(isFollowed).toBe(false);
  });

  it('refuses a reserved name', async () => {
    const { answers, last, watch } = rig();
    answers.push(list(7, [secret('cluster', 3)]));
    await watch(0);
    expect(last()).toContain('!Secret members/cluster: cluster name "cluster" is reserved');
  });

  it('lets a member go when its Secret was away for the grace', async () => {
    const { answers, last, watch, pass, delays } = rig({ removalGraceMs: 5_000 });
    answers.push(list(7, [secret('alpha', 3), secret('beta', 4)]));
    const { send } = await watch(0);
    send('DELETED', secret('alpha', 8));
    await expect.poll(delays).toContain(5_000);
    pass(4_999);
    expect(last()).toContain('alpha');
    pass(1);
    expect(last()).toBe('beta@https://a.example');
  });

  it('keeps a member whose Secret is created anew within the grace', async () => {
    const { answers, updates, watch, pass, delays } = rig();
    answers.push(list(7, [secret('alpha', 3)]));
    const { send } = await watch(0);
    send('DELETED', secret('alpha', 8));
    await expect.poll(delays).toContain(60_000);
    send('ADDED', secret('alpha', 9));
    await expect.poll(delays).not.toContain(60_000);
    pass(61_000);
    expect(updates).toHaveLength(1);
  });

  it('resumes a dropped watch where it was, without a list', async () => {
    const { answers, lists, watch, last, pass, delays } = rig();
    answers.push(list(7, [secret('alpha', 3)]));
    const first = await watch(0);
    first.send('BOOKMARK', { metadata: { resourceVersion: '20' } });
    first.end(new ConnectionError('Broken', 'broke', { sent: true }));
    const second = await watch(1);
    expect(second.request.query?.['resourceVersion']).toBe('20');
    second.end();
    await expect.poll(delays).toEqual([600]);
    pass(600);
    const third = await watch(2);
    expect(third.request.query?.['resourceVersion']).toBe('20');
    third.send('ADDED', secret('beta', 21));
    await expect.poll(last).toContain('beta');
    expect(lists).toHaveLength(1);
  });

  it.each<[string, (watch: Watch) => void, string | undefined]>([
    ['410 in the stream', ({ send }) => send('ERROR', { kind: 'Status', code: 410, message: 'too old' }), undefined],
    ['another error', ({ send }) => send('ERROR', { kind: 'Status', code: 500, message: 'etcd' }), 'HTTP 500: etcd'],
    ['garbage', ({ sendText }) => sendText(`{"${MARKER}\n`), 'something that is no event'],
    ['an unknown event', ({ send }) => send('SHUFFLED', secret('x', 1)), 'an event of no known form'],
    ['an object without a name', ({ send }) => send('ADDED', { metadata: {} }), 'an event of no known form'],
  ])('lists again after %s, and nobody has left meanwhile', async (...[, disturb, message]) => {
    const { answers, lists, watch, updates, last, delays, pass } = rig();
    answers.push(list(7, [secret('alpha', 3)]));
    disturb(await watch(0));
    await expect.poll(delays).toContain(600);
    if (message === undefined) expect(updates).toHaveLength(1);
    else expect(last()).toContain(message);
    answers.push(list(30, [secret('alpha', 3), secret('beta', 25)]));
    pass(600);
    expect((await watch(1)).request.query?.['resourceVersion']).toBe('30');
    expect(last()).toBe('alpha@https://a.example beta@https://a.example');
    expect(lists).toHaveLength(2);
  });

  it('lists again when a watch is silent for too long', async () => {
    const { answers, watch, delays, pass, lists } = rig();
    answers.push(list(7, []), list(8, []));
    await watch(0);
    await expect.poll(delays).toContain(150_000);
    pass(150_000);
    await expect.poll(delays).toContain(600);
    pass(600);
    await watch(1);
    expect(lists).toHaveLength(2);
  });

  it('reports that it failed, waits longer each time, and recovers', async () => {
    const { answers, last, delays, pass, watch } = rig();
    const forbidden = { kind: 'Status', message: 'secrets is forbidden' };
    for (const delayMs of [600, 1_200, 2_400, 4_800, 9_600, 19_200, 22_500, 22_500]) {
      answers.push({ status: 403, body: forbidden });
      await expect.poll(delays).toEqual([delayMs]);
      expect(last()).toBe('failed: Secrets in namespace members cannot be read: HTTP 403: secrets is forbidden');
      pass(delayMs);
    }
    answers.push(new ConnectionError('Unreachable', 'https://hub: the connection was refused', { sent: false }));
    await expect.poll(last).toContain('the connection was refused');
    await expect.poll(delays).toEqual([22_500]);
    answers.push(list(7, [secret('alpha', 3)]));
    pass(22_500);
    await watch(0);
    expect(last()).toBe('alpha@https://a.example');
  });

  it('keeps waiting longer while only the watch is refused', async () => {
    const { answers, watchAnswers, delays, pass, last } = rig();
    watchAnswers.push(403, 403, 403);
    for (const delayMs of [600, 1_200, 2_400]) {
      answers.push(list(7, [secret('alpha', 3)]));
      await expect.poll(delays).toEqual([delayMs]);
      expect(last()).toBe('failed: Secrets in namespace members cannot be read: HTTP 403');
      pass(delayMs);
    }
  });

  it('does not let anybody go while the hub cannot be read', async () => {
    const { answers, watchAnswers, watch, delays, pass, last, updates } = rig();
    answers.push(list(7, [secret('alpha', 3), secret('beta', 4)]));
    const { send, end } = await watch(0);
    send('DELETED', secret('alpha', 8));
    await expect.poll(delays).toContain(60_000);
    watchAnswers.push(new ConnectionError('Unreachable', 'down', { sent: false }));
    end(new ConnectionError('Broken', 'broke', { sent: true }));
    await expect.poll(last).toContain('failed: ');
    pass(100_000);
    expect(updates.filter(({ type }) => type === 'complete')).toHaveLength(1);
    answers.push(list(9, [secret('alpha', 9), secret('beta', 4)]));
    await watch(1);
    pass(100_000);
    expect(last()).toBe('alpha@https://a.example beta@https://a.example');
  });

  it('fails when a watch brings more objects than may be held, and goes on when there are fewer', async () => {
    const { answers, watch, delays, pass, last, updates } = rig();
    const full = Array.from({ length: 1_000 }, (_, index) => secret(`m-${index}`, 1, { content: '' }));
    const others = full.slice(1);
    answers.push(list(7, [secret('alpha', 3), ...others]));
    const { send } = await watch(0);
    const count = updates.length;
    send('MODIFIED', secret('alpha', 8, { annotations: CONTEXT_Y }));
    await expect.poll(last).toContain('alpha@https://b.example');
    send('ADDED', secret('zeta', 9));
    await expect
      .poll(last)
      .toBe('failed: Secrets in namespace members cannot be read: there are more than 1000 of them');
    expect(updates).toHaveLength(count + 2);
    answers.push(list(11, [secret('alpha', 8, { annotations: CONTEXT_Y }), ...others.slice(1), secret('zeta', 9)]));
    await expect.poll(delays).toContain(600);
    pass(600);
    await watch(1);
    expect(last()).toMatch(/^alpha@https:\/\/b\.example zeta@/);
  });

  it.each([[{}], [{ metadata: {}, items: [] }], [{ metadata: { resourceVersion: '1' }, items: [{}] }], [[]]])(
    'does not take %j for a list',
    async (body) => {
      const { answers, last } = rig();
      answers.push({ body });
      await expect.poll(last).toBe('failed: Secrets in namespace members cannot be read: the answer is not a list');
    },
  );

  it('takes a list without items as empty', async () => {
    const { answers, last, watch } = rig();
    answers.push({ body: { metadata: { resourceVersion: '1' }, items: null } });
    await watch(0);
    expect(last()).toBe('');
  });
});
