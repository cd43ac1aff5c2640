import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificateDirectory } from './certificate-directory.ts';
import { splitCertificates } from './inspect.ts';
import type { CertificateFiles } from './kept-certificates.ts';
import type { Confirmation, OwnSourceOptions, RotationProgress } from './own-source.ts';
import { createOwnSource } from './own-source.ts';
import type { ServingMaterial, SourceReading } from './source.ts';

const DAY_MS = 86_400_000;
const START_MS = 1_790_000_000_000;

function setUp(changes: Partial<OwnSourceOptions> = {}) {
  const world = {
    nowMs: START_MS,
    files: undefined as CertificateFiles | undefined,
    saves: 0,
    fails: false,
    confirmation: { awaited: [], sinceMs: 0 } as Confirmation,
    progress: [] as RotationProgress[],
  };
  const options: OwnSourceOptions = {
    load: () => Promise.resolve(world.files),
    save: (files) => {
      if (world.fails) return Promise.reject(new Error('disk full'));
      // As the stores do: what is not among the files stays.
      world.files = { ...world.files, ...files };
      world.saves += 1;
      return Promise.resolve();
    },
    confirmation: () => world.confirmation,
    onProgress: (progress) => world.progress.push(progress),
    clock: () => world.nowMs,
    authorityName: 'things',
    dnsNames: ['api.things.svc'],
    ips: ['127.0.0.1'],
    authorityLifetimeMs: 90 * DAY_MS,
    servingLifetimeMs: 9 * DAY_MS,
    ...changes,
  };
  return { world, options, source: createOwnSource(options) };
}

function materialOf(reading: SourceReading): ServingMaterial {
  if (reading.type === 'failed') throw new Error(reading.problem);
  return reading.material;
}

function isTrusted(material: ServingMaterial): boolean {
  const leaf = new X509Certificate(material.cert);
  return splitCertificates(material.caBundle ?? '').some((pem) => leaf.verify(new X509Certificate(pem).publicKey));
}

describe('our own certificates', () => {
  it('are made once, saved once and the same after a restart', async () => {
    const { world, options, source } = setUp();
    const first = materialOf(await source.read());
    expect(isTrusted(first)).toBe(true);
    expect(materialOf(await source.read())).toEqual(first);
    expect(materialOf(await createOwnSource(options).read())).toEqual(first);
    expect(world.saves).toBe(1);
  });

  it('renew the serving certificate at two thirds of its life under the same authority', async () => {
    const { world, source } = setUp();
    const first = materialOf(await source.read());
    world.nowMs = START_MS + 6 * DAY_MS - 1000;
    expect(materialOf(await source.read()).cert).toBe(first.cert);
    world.nowMs = START_MS + 6 * DAY_MS;
    const second = materialOf(await source.read());
    expect(second.cert).not.toBe(first.cert);
    expect(second.caBundle).toBe(first.caBundle);
    expect(isTrusted(second)).toBe(true);
  });

  it('rotate the authority so that clients with either bundle trust what is served', async () => {
    const { world, source } = setUp({ retireMs: 13 * 3_600_000 });
    let previous = materialOf(await source.read());
    const sizes = new Set<number>();
    for (let hours = 0; hours <= 24 * 200; hours += 12) {
      world.nowMs = START_MS + hours * 3_600_000;
      world.confirmation = { awaited: [], sinceMs: world.nowMs - 1 };
      const now = materialOf(await source.read());
      world.confirmation = { awaited: [], sinceMs: 0 };
      expect(isTrusted(now)).toBe(true);
      expect(isTrusted({ ...now, caBundle: previous.caBundle })).toBe(true);
      expect(Date.parse(new X509Certificate(now.cert).validTo)).toBeGreaterThan(world.nowMs);
      sizes.add(splitCertificates(now.caBundle ?? '').length);
      previous = now;
    }
    expect([...sizes].sort()).toEqual([1, 2]);
  });

  it('are reissued when a name is added', async () => {
    const { options, source } = setUp();
    const first = materialOf(await source.read());
    const wider = createOwnSource({ ...options, dnsNames: [...options.dnsNames, 'hub.example.com'] });
    const second = materialOf(await wider.read());
    expect(second.cert).not.toBe(first.cert);
    expect(second.caBundle).toBe(first.caBundle);
    expect(new X509Certificate(second.cert).checkHost('hub.example.com')).toBe('hub.example.com');
  });

  it('serve although they cannot be saved, say so, and are saved later', async () => {
    const { world, source } = setUp();
    world.fails = true;
    const first = await source.read();
    expect(first).toMatchObject({ type: 'material', problem: 'the certificates cannot be kept: disk full' });
    world.fails = false;
    const second = await source.read();
    expect(second).toMatchObject({ type: 'material', problem: undefined });
    expect(materialOf(second)).toEqual(materialOf(first));
    expect(world.saves).toBe(1);
  });

  it('give way to those that another process has saved meanwhile', async () => {
    const other = setUp();
    const theirs = materialOf(await other.source.read());
    let loads = 0;
    const { source } = setUp({
      load: () => Promise.resolve(loads++ === 0 ? undefined : other.world.files),
      save: () => Promise.reject(new Error('the object has been modified')),
    });
    expect(await source.read()).toMatchObject({ type: 'material', material: theirs, problem: undefined });
  });

  it('take over what another process has made of them, and write again what was lost', async () => {
    const { world, options, source } = setUp();
    const first = materialOf(await source.read());
    const other = createOwnSource({ ...options, dnsNames: [...options.dnsNames, 'other'] });
    const theirs = materialOf(await other.read());
    world.files = { ...world.files };
    expect(theirs.cert).not.toBe(first.cert);
    expect(materialOf(await source.read()).cert).toBe(theirs.cert);
    const kept = world.files;
    world.files = undefined;
    expect(materialOf(await source.read()).cert).toBe(theirs.cert);
    expect(world.files).toEqual(kept);
    world.files = { ...kept, 'tls.key': 'half a k' };
    expect(materialOf(await source.read()).cert).toBe(theirs.cert);
    expect(world.files).toEqual(kept);
  });

  it('stay as they are while the store cannot be read', async () => {
    const readable = { now: true };
    const { world, options } = setUp();
    const source = createOwnSource({
      ...options,
      load: () => (readable.now ? Promise.resolve(world.files) : Promise.reject(new Error('unreachable'))),
    });
    const first = materialOf(await source.read());
    readable.now = false;
    world.nowMs = START_MS + 7 * DAY_MS;
    expect(await source.read()).toMatchObject({
      material: first,
      problem: 'the stored certificates cannot be read: unreachable',
      isCurrent: false,
    });
    readable.now = true;
    expect(materialOf(await source.read()).cert).not.toBe(first.cert);
  });

  it('are not changed before a change is kept', async () => {
    const { world, source } = setUp();
    const first = materialOf(await source.read());
    world.nowMs = START_MS + 6 * DAY_MS;
    world.fails = true;
    expect(await source.read()).toMatchObject({
      material: first,
      problem: 'the certificates cannot be kept: disk full',
    });
    world.fails = false;
    expect(materialOf(await source.read()).cert).not.toBe(first.cert);
  });

  it('fail when the store cannot be read, instead of making another authority', async () => {
    const { source } = setUp({ load: () => Promise.reject(new Error('forbidden')) });
    expect(await source.read()).toEqual({
      type: 'failed',
      problem: 'the stored certificates cannot be read: forbidden',
    });
  });

  it.each([
    ['tls.key', true],
    ['tls.crt', true],
    ['ca.key', false],
    ['ca.crt', false],
  ])('survive a broken %s', async (name, sameAuthority) => {
    const { world, options, source } = setUp();
    const first = materialOf(await source.read());
    world.files = { ...world.files, [name]: 'half a fi' };
    const second = materialOf(await createOwnSource(options).read());
    expect(isTrusted(second)).toBe(true);
    expect(second.caBundle === first.caBundle).toBe(sameAuthority);
  });

  it('look often enough for the shortest life', () => {
    expect(setUp({ servingLifetimeMs: 60_000 }).source.intervalMs).toBe(5000);
    expect(setUp().source.intervalMs).toBe(10_000);
  });
});

describe('a rotation that somebody asks for', () => {
  const AWAITED = { cluster: 'member east', target: 'ValidatingWebhookConfiguration x', reason: 'unreachable' };

  async function begun() {
    const world = setUp({ settleMs: 1000, retireMs: 2000 });
    const first = materialOf(await world.source.read());
    const ask = (request: object) => {
      world.world.files = { ...world.world.files, 'rotation-request.json': JSON.stringify(request) };
    };
    const authority = new X509Certificate(first.caBundle ?? '').fingerprint256;
    return { ...world, first, ask, authority };
  }

  it('of the serving certificate is done once', async () => {
    const { source, first, ask } = await begun();
    ask({ serving: new X509Certificate(first.cert).fingerprint256 });
    const second = materialOf(await source.read());
    expect(second.cert).not.toBe(first.cert);
    expect(second.caBundle).toBe(first.caBundle);
    expect(materialOf(await source.read())).toEqual(second);
  });

  it('of the authority waits for every target, in every step over a restart', async () => {
    const { world, options, first, ask, authority } = await begun();
    // Each reading is made by a new process.
    const read = async () => materialOf(await createOwnSource(options).read());
    world.confirmation = { awaited: [AWAITED], sinceMs: 0 };
    ask({ authority });
    const announced = await read();
    expect(announced.cert).toBe(first.cert);
    expect(splitCertificates(announced.caBundle ?? '')).toHaveLength(2);
    expect(JSON.parse(world.files?.['rotation.json'] ?? '')).toEqual({ awaited: [AWAITED] });
    expect(await read()).toEqual(announced);
    expect(world.progress.at(-1)).toEqual({ phase: { type: 'announced' }, awaited: [AWAITED], forced: [] });

    world.confirmation = { awaited: [], sinceMs: world.nowMs };
    expect(await read()).toEqual(announced);
    expect(world.files?.['rotation.json']).toBe('');
    world.nowMs += 1000;
    const signed = await read();
    expect(signed.caBundle).toBe(announced.caBundle);
    expect(isTrusted({ ...signed, caBundle: first.caBundle })).toBe(false);

    world.nowMs += 1999;
    expect(await read()).toEqual(signed);
    world.nowMs += 1;
    const retired = await read();
    expect(retired.cert).toBe(signed.cert);
    expect(splitCertificates(retired.caBundle ?? '')).toHaveLength(1);
    expect(isTrusted(retired)).toBe(true);
    expect(await read()).toEqual(retired);
    expect(world.progress.at(-1)?.phase).toEqual({ type: 'steady' });
  });

  it('goes on without the targets that were named, and without no other', async () => {
    const { world, source, first, ask, authority } = await begun();
    const other = { ...AWAITED, cluster: 'member west' };
    world.confirmation = { awaited: [AWAITED, other], sinceMs: 0 };
    ask({ authority, force: ['member east/ValidatingWebhookConfiguration x'] });
    expect(materialOf(await source.read()).cert).toBe(first.cert);
    expect(world.progress.at(-1)).toMatchObject({ awaited: [other], forced: [AWAITED] });
    world.confirmation = { awaited: [AWAITED], sinceMs: 0 };
    expect(materialOf(await source.read()).cert).not.toBe(first.cert);
  });

  it.each(['', 'no json', '[]', '{"authority":7,"force":"all"}', '{"authority":"AA:BB"}'])(
    'is not begun by %j',
    async (text) => {
      const { world, source, first } = await begun();
      world.files = { ...world.files, 'rotation-request.json': text };
      expect(materialOf(await source.read())).toEqual(first);
    },
  );

  it('goes on after the operator wrote between a read and a save', async () => {
    const { world, options, first, authority } = await begun();
    let loads = 0;
    const source = createOwnSource({
      ...options,
      load: () => {
        loads += 1;
        if (loads === 2) world.files = { ...world.files, 'rotation-request.json': JSON.stringify({ authority }) };
        return Promise.resolve(world.files);
      },
      save: (files) =>
        loads === 1
          ? Promise.reject(new Error('the object has been modified'))
          : options.save({ ...world.files, ...files }),
    });
    world.nowMs = START_MS + 6 * DAY_MS;
    const second = materialOf(await source.read());
    expect(second.cert).not.toBe(first.cert);
    expect(splitCertificates(second.caBundle ?? '')).toHaveLength(2);
  });
});

describe('a certificate directory', () => {
  it('keeps the files for this user only and gives them back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certs-'));
    try {
      const directory = createCertificateDirectory(join(folder, 'own'));
      expect(await directory.load()).toBeUndefined();
      const files = { 'ca.crt': 'a', 'ca.key': 'b', 'tls.crt': 'c', 'tls.key': 'd' };
      await directory.save(files);
      expect(await directory.load()).toEqual(files);
      await directory.saveRequest('asked');
      await directory.save({ ...files, 'rotation-request.json': 'not ours to write' });
      expect(await directory.load()).toEqual({ ...files, 'rotation-request.json': 'asked' });
      expect((await stat(join(folder, 'own', 'ca.key'))).mode & 0o777).toBe(0o600);
      expect((await stat(join(folder, 'own'))).mode & 0o777).toBe(0o700);
      await directory.save({ ...files, 'tls.crt': 'e' });
      expect(await readFile(join(folder, 'own', 'tls.crt'), 'utf8')).toBe('e');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('rejects when it cannot be read or written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certs-'));
    try {
      await writeFile(join(folder, 'file'), '');
      const directory = createCertificateDirectory(join(folder, 'file'));
      await expect(directory.load()).rejects.toThrow('ENOTDIR');
      await expect(directory.save({})).rejects.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
