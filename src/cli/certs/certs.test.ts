import { describe, expect, it } from 'vitest';
import { createOwnSource, parseRequest } from '../../../certs/index.ts';
import type { CertificateFiles, Confirmation } from '../../../certs/index.ts';
import type { CertsRotateOptions } from '../program/certs.ts';
import type { CertificatePlace } from './certificate-place.ts';
import { rotateCertificates } from './rotate.ts';
import { showCertificates } from './show.ts';

const START_MS = Date.UTC(2026, 0, 9);
const AWAITED = { cluster: 'member east', target: 'ValidatingWebhookConfiguration x', reason: 'no route to host' };
const PLACE_OPTIONS = {
  ...{ kubeconfig: 'k', context: undefined, namespace: 'n', member: false, serviceName: undefined },
  directory: undefined,
};

/** A server that looks every ten seconds at what it keeps, in time that a test's commands spend. */
async function setUp({ isRunning = true } = {}) {
  const world = { nowMs: START_MS, files: {} as CertificateFiles, lines: [] as string[], looked: 0 };
  const trust = { confirmation: { awaited: [], sinceMs: 0 } as Confirmation };
  const source = createOwnSource({
    load: () => Promise.resolve(Object.keys(world.files).length === 0 ? undefined : world.files),
    save: (files) => {
      world.files = { ...world.files, ...files };
      return Promise.resolve();
    },
    confirmation: () => trust.confirmation,
    clock: () => world.nowMs,
    authorityName: 'things-ca',
    dnsNames: ['api.things.svc', 'a', 'b', 'c', 'd'],
    ips: ['127.0.0.1'],
    settleMs: 20_000,
    retireMs: 20_000,
  });
  await source.read();
  const place: CertificatePlace = {
    title: 'Secret n/things-certificates',
    words: '--other names another one',
    load: () => Promise.resolve(world.files),
    saveRequest: (text) => {
      world.files = { ...world.files, 'rotation-request.json': text };
      return Promise.resolve();
    },
    close: () => undefined,
  };
  const deps = {
    open: () => Promise.resolve(place),
    print: (text: string) => world.lines.push(text),
    say: (line: string) => world.lines.push(line),
    clock: () => world.nowMs,
    sleep: async (delayMs: number) => {
      world.nowMs += delayMs;
      if (!isRunning || world.nowMs - world.looked < 10_000) return;
      world.looked = world.nowMs;
      await source.read();
    },
  };
  const rotate = (more: Partial<CertsRotateOptions> = {}) =>
    rotateCertificates(deps, { ...PLACE_OPTIONS, servingOnly: false, force: undefined, timeout: 300, ...more });
  const show = async (output?: 'json') => {
    world.lines = [];
    await showCertificates(deps, { ...PLACE_OPTIONS, output });
    return world.lines.join('');
  };
  return { world, trust, rotate, show };
}

describe('certs show', () => {
  it('is a table with what there is, and no key', async () => {
    const { world, show } = await setUp();
    const lines = (await show()).split('\n');
    expect(lines[0]).toMatch(/^WHAT +SUBJECT +NAMES +ISSUER +NOT AFTER +DAYS LEFT +WHERE +STATE$/);
    expect(lines[1]).toMatch(/^CA +CN=things-ca@\d+ +- +CN=things-ca@\d+ +2036-\S+Z +3650 +Secret n\/things-cert/);
    expect(lines[2]).toMatch(/^serving +CN=api\.things\.svc +api\.things\.svc, a, b, \+3 .* +365 +.* in use$/);
    expect(lines[4]).toBe('No rotation is under way.');
    const json = await show('json');
    expect(JSON.parse(json)).toMatchObject({
      certificates: [
        { what: 'CA', state: 'in use' },
        { what: 'serving', notAfter: '2027-01-09T00:00:00.000Z' },
      ],
      rotation: { phase: 'steady', awaited: [] },
    });
    expect(json + lines.join()).not.toContain('KEY');
    world.nowMs += 300 * 86_400_000;
    expect(await show()).toContain('renewal due');
    world.nowMs += 100 * 86_400_000;
    expect(await show()).toContain('expired');
  });

  it('refuses a place that holds none', async () => {
    const { world, show } = await setUp();
    world.files = {};
    await expect(show()).rejects.toThrow(
      /^Secret n\/things-certificates holds no certificates: .*; --other names another one$/,
    );
  });
});

describe('certs rotate', () => {
  it('follows a new CA through all its steps', async () => {
    const { world, trust, rotate } = await setUp();
    trust.confirmation = { awaited: [], sinceMs: START_MS + 15_000 };
    const before = world.files['ca.crt'];
    await rotate();
    expect(world.lines.map((line) => line.split(/[: ]/)[0])).toEqual(['asked', 'settling', 'retiring', 'done']);
    expect(world.files['ca.crt']).not.toContain(before);
  });

  it('says who is awaited, and ends with that when its time is up', async () => {
    const { world, trust, rotate, show } = await setUp();
    trust.confirmation = { awaited: [AWAITED], sinceMs: 0 };
    const target = 'member east/ValidatingWebhookConfiguration x';
    await expect(rotate()).rejects.toThrow(
      `not done after 300 s (announced); the server goes on by itself\n  ${target}`,
    );
    expect(world.lines.at(-1)).toContain(`waiting for\n  ${target}: no route to host`);
    expect(await show()).toContain(`  ${target}: no route to host`);
    const before = world.files['rotation-request.json'];
    world.lines = [];
    await expect(rotate()).rejects.toThrow('not done');
    expect(world.lines[0]).toContain('is under way: following it');
    expect(world.files['rotation-request.json']).toBe(before);
    await rotate({ force: [target] });
    expect(world.lines.at(-1)).toMatch(/^done/);
  });

  it('gives up those who are still awaited after a while, by name', async () => {
    const { world, trust, rotate } = await setUp();
    trust.confirmation = { awaited: [AWAITED], sinceMs: 0 };
    await rotate({ force: true });
    expect(world.lines.join('\n')).toContain(
      'not waiting any longer for member east/ValidatingWebhookConfiguration x:',
    );
    expect(parseRequest(world.files['rotation-request.json']).force).toHaveLength(1);
  });

  it('replaces the serving certificate alone', async () => {
    const { world, rotate } = await setUp();
    const before = world.files;
    await rotate({ servingOnly: true });
    expect(world.files['ca.crt']).toBe(before['ca.crt']);
    expect(world.files['tls.crt']).not.toBe(before['tls.crt']);
    expect(world.lines).toHaveLength(2);
  });

  it('asks whether a server runs when nothing begins', async () => {
    const { world, rotate } = await setUp({ isRunning: false });
    await expect(rotate()).rejects.toThrow('not done after 300 s (nothing has begun)');
    expect(world.lines.filter((line) => line.startsWith('nothing has begun yet'))).toHaveLength(1);
  });
});
