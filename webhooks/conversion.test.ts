import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../test/support/eventually.ts';
import type { WebhookServer } from '../test/support/webhooks.ts';
import { conversionReview, conversionReviewOf, startWebhooks } from '../test/support/webhooks.ts';
import { DEFAULT_WEBHOOK_LIMITS } from './limits.ts';
import { WEBHOOK_PATHS } from './paths.ts';

const GROUP = 'multicluster.x-k8s.io';

interface Converted {
  readonly uid: string;
  readonly result: { readonly status: string; readonly message?: string };
  readonly convertedObjects: readonly Record<string, unknown>[];
}

let server: WebhookServer;

beforeAll(async () => {
  server = await startWebhooks();
});

afterAll(() => server.stop());

async function convertText(body: string, on = server): Promise<string> {
  const { code, text } = await on.post(`${WEBHOOK_PATHS.convert}?timeout=30s`, body);
  expect(code, text).toBe(200);
  return text;
}

async function convert(body: string, on = server): Promise<Converted> {
  const review = JSON.parse(await convertText(body, on)) as Record<string, unknown>;
  expect([review['apiVersion'], review['kind']]).toEqual(['apiextensions.k8s.io/v1', 'ConversionReview']);
  return review['response'] as Converted;
}

/** A ServiceImport, unless its fields say otherwise. */
function object(version: string, name: string, fields: object = {}): Record<string, unknown> {
  const metadata = { name, namespace: 'prod', uid: `uid-${name}` };
  return { apiVersion: `${GROUP}/${version}`, kind: 'ServiceImport', metadata, ...fields };
}

describe('a ConversionReview', () => {
  it('is answered with as many objects in the same order, from mixed versions', async () => {
    const spec = { type: 'Headless', ports: [{ port: 80 }] };
    const objects = [
      object('v1alpha1', 'a', { spec }),
      object('v1alpha2', 'b', { type: 'Headless', ports: [] }),
      object('v1beta1', 'c', { spec }),
      object('v1alpha1', 'd', { kind: 'ServiceExport', spec: {} }),
    ];
    expect(await convert(conversionReview('v1beta1', objects))).toEqual({
      uid: 'c2',
      result: { metadata: {}, status: 'Success' },
      convertedObjects: [
        object('v1beta1', 'a', { spec }),
        object('v1beta1', 'b', { spec: { type: 'Headless', ports: [] } }),
        object('v1beta1', 'c', { spec }),
        object('v1beta1', 'd', { kind: 'ServiceExport', spec: {} }),
      ],
    });
  });

  it('may have no objects', async () => {
    expect((await convert(conversionReview('v1beta1', []))).convertedObjects).toEqual([]);
    expect((await convert(conversionReviewOf('v1beta1', 'null'))).convertedObjects).toEqual([]);
  });

  it('may have its fields in any order', async () => {
    const list = JSON.stringify([object('v1alpha1', 'a')]);
    const request = `{"objects":${list},"desiredAPIVersion":"${GROUP}/v1beta1","uid":"c2"}`;
    const body = `{"request":${request},"apiVersion":"apiextensions.k8s.io/v1","kind":"ConversionReview"}`;
    expect((await convert(body)).convertedObjects).toEqual([object('v1beta1', 'a')]);
  });

  it('loses nothing where versions differ in name only: every other byte stays', async () => {
    const before = `{"metadata":{"name":"a"}, "\\u0061piVersion" : "${GROUP}/v1alpha1",\n"kind":"ServiceExport","n":9007199254740993.10,"big":123456789012345678901234567890,"s":"\\ud800 \\u00e9 é","twice":1,"twice":2,"__proto__":{"a":1},"apiVersion":"${GROUP}/v1alpha1"}`;
    const after = before.replaceAll(`"${GROUP}/v1alpha1"`, `"${GROUP}/v1beta1"`);
    expect(await convertText(conversionReviewOf('v1beta1', `[ ${before} ]`))).toBe(
      `{"apiVersion":"apiextensions.k8s.io/v1","kind":"ConversionReview","response":{"uid":"c2","result":{"metadata":{},"status":"Success"},"convertedObjects":[ ${after} ]}}`,
    );
  });

  it('keeps exact integers, half surrogates and keys such as __proto__ where objects change their form', async () => {
    const before = `{"apiVersion":"${GROUP}/v1alpha2","kind":"ServiceImport","metadata":{"name":"a"},"type":"\\ud800","ports":[],"n":9007199254740993,"__proto__":{"a":1}}`;
    const text = await convertText(conversionReviewOf('v1beta1', `[${before}]`));
    expect(text).toContain('"n":9007199254740993');
    expect(text).toContain('"__proto__":{"a":1}');
    const halfSurrogate = await convertText(
      conversionReviewOf('v1beta1', `[${before.replace('9007199254740993', '1')}]`),
    );
    expect(halfSurrogate).toContain('\\ud800');
  });
});

describe('an object that cannot be converted', () => {
  it.each([
    ['of an unknown version', object('v9', 'b'), 'ServiceImport prod/b: ServiceImport has no version "v9"'],
    [
      'of an unknown kind',
      object('v1beta1', 'b', { kind: 'Widget' }),
      `Widget prod/b: "Widget" of "${GROUP}/v1beta1" is not converted here`,
    ],
    [
      'of another group',
      { ...object('v1', 'b'), apiVersion: 'example.com/v1' },
      'ServiceImport prod/b: "ServiceImport" of "example.com/v1" is not converted here',
    ],
    [
      'without apiVersion',
      { kind: 'ServiceImport', metadata: { name: 'b' } },
      'ServiceImport b: apiVersion or kind is missing',
    ],
    [
      'without kind',
      { apiVersion: `${GROUP}/v1beta1`, metadata: {} },
      'object 2 of the review: apiVersion or kind is missing',
    ],
    [
      'without metadata',
      { apiVersion: `${GROUP}/v1beta1`, kind: 'ServiceImport' },
      'object 2 of the review: metadata is missing',
    ],
    ['that is none', 7, 'object 2 of the review: apiVersion or kind is missing'],
  ])('makes the whole review fail by its name: one %s', async (_what, wrong, message) => {
    const response = await convert(
      conversionReview('v1alpha2', [object('v1beta1', 'a'), wrong, object('v1beta1', 'c')]),
    );
    expect(response).toEqual({
      uid: 'c2',
      result: { metadata: {}, status: 'Failure', message, reason: 'Invalid', code: 422 },
      convertedObjects: [],
    });
  });

  it.each([
    ['v7', 'ServiceImport prod/a: ServiceImport has no version "v7"'],
    ['../example.com/v1', `ServiceImport prod/a: there is no conversion from "${GROUP}/v1beta1" to another group`],
  ])('is one that shall get the version %s', async (version, message) => {
    const body = conversionReview(version, [object('v1beta1', 'a')]).replace(`${GROUP}/../`, '');
    expect((await convert(body)).result).toMatchObject({ status: 'Failure', message });
  });
});

describe('a body that is no ConversionReview', () => {
  const sound = conversionReview('v1beta1', [object('v1alpha1', 'a')]);

  it.each([
    ['nothing', '', 'the body is not JSON: invalid at byte 0'],
    ['cut off', sound.slice(0, -1), `the body is not JSON: invalid at byte ${sound.length - 1}`],
    ['with something behind it', `${sound}x`, `the body is not JSON: invalid at byte ${sound.length}`],
    ['broken inside an object', sound.replace('"prod"', 'prod'), /^the body is not JSON: invalid at byte \d+$/],
    ['a list', '[]', 'the body is not JSON: invalid at byte 0'],
    ['without uid', sound.replace('"uid":"c2",', ''), 'request.uid is missing'],
    [
      'of another version',
      sound.replace('apiextensions.k8s.io/v1"', 'apiextensions.k8s.io/v1beta1"'),
      'only apiextensions.k8s.io/v1 ConversionReview is answered here, not "apiextensions.k8s.io/v1beta1 ConversionReview"',
    ],
    [
      'of another kind',
      sound.replace('ConversionReview', 'AdmissionReview'),
      'only apiextensions.k8s.io/v1 ConversionReview is answered here, not "apiextensions.k8s.io/v1 AdmissionReview"',
    ],
  ])('is answered 400: %s', async (_what, body, message) => {
    const { code, text } = await server.post(WEBHOOK_PATHS.convert, body);
    expect(code).toBe(400);
    const status = JSON.parse(text) as { message: string; reason: string };
    expect(status.reason).toBe('BadRequest');
    expect(status.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('is answered 413 when it, an object or their number is too large', async () => {
    const limits = {
      ...DEFAULT_WEBHOOK_LIMITS,
      conversionBodyBytesMax: 100_000,
      conversionObjectBytesMax: 2000,
      conversionObjectsMax: 3,
    };
    const own = await startWebhooks({ limits });
    const [small, large] = [object('v1alpha1', 'a'), object('v1alpha1', 'b', { spec: { note: 'x'.repeat(3000) } })];
    for (const [objects, message] of [
      [[small, large], 'Request entity too large: object 2 of the review has more than 2000 bytes'],
      [[small, small, small, small], 'Request entity too large: limit is 3 objects in one review'],
      [[{ ...large, spec: 'x'.repeat(100_000) }], 'Request entity too large: limit is 100000'],
    ] as const) {
      const { code, text } = await own.post(WEBHOOK_PATHS.convert, conversionReview('v1beta1', objects));
      expect([code, (JSON.parse(text) as { message: string }).message]).toEqual([413, message]);
    }
    expect((await convert(conversionReview('v1beta1', [small, small, small]), own)).convertedObjects).toHaveLength(3);
    await own.stop();
  });
});

describe('room for conversions', () => {
  const MIB = 1024 * 1024;
  /** About 4 MiB, and as much again when fields move. */
  const spec = { type: 'Headless', ports: [{ port: 80 }] };
  const objects = Array.from({ length: 40 }, (_, index) =>
    object('v1beta1', `s${index}`, { spec, note: 'x'.repeat(MIB / 10) }),
  );
  const full = conversionReview('v1alpha2', objects);
  const limits = { ...DEFAULT_WEBHOOK_LIMITS, conversionBytesInFlightMax: 9 * MIB };
  const codeOf = async (on: WebhookServer): Promise<number> => (await on.post(WEBHOOK_PATHS.convert, full)).code;

  it('counts the answer, so that a second large review waits its turn while the first is taken', async () => {
    const own = await startWebhooks({ limits });
    const first = await slowReader(own, full);
    expect(await conversionBytes(own)).toBeGreaterThan(8 * MIB);
    expect(await codeOf(own)).toBe(429);
    expect((await own.post(WEBHOOK_PATHS.convert, conversionReview('v1beta1', []))).code).toBe(200);
    first.resume();
    await once(first, 'end');
    await eventually('its bytes to be given back', async () => expect(await conversionBytes(own)).toBe(0));
    expect(await codeOf(own)).toBe(200);
    await own.stop();
  });

  it('is refused for the answer when the body alone had room', async () => {
    const own = await startWebhooks({ limits });
    const other = request(`${own.url}${WEBHOOK_PATHS.convert}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': String(4 * MIB) },
    });
    other.on('error', () => undefined);
    other.write(' '.repeat(2 * MIB));
    await eventually('its beginning to arrive', async () => expect(await conversionBytes(own)).toBe(2 * MIB));
    expect(await codeOf(own)).toBe(429);
    other.destroy();
    await eventually('its bytes to be given back', async () => expect(await conversionBytes(own)).toBe(0));
    expect(await codeOf(own)).toBe(200);
    await own.stop();
  });

  it('is never there for what needs more than all: 413, and what it took is given back', async () => {
    const own = await startWebhooks({ limits: { ...limits, conversionBytesInFlightMax: 6 * MIB } });
    expect(await codeOf(own)).toBe(413);
    expect(await conversionBytes(own)).toBe(0);
    expect((await own.post(WEBHOOK_PATHS.convert, full.replace('/v1alpha2', '/v1alpha1'))).code).toBe(200);
    await own.stop();
  });

  it('is bounded in objects, too', async () => {
    const own = await startWebhooks({ limits: { ...DEFAULT_WEBHOOK_LIMITS, conversionObjectsInFlightMax: 60 } });
    const first = await slowReader(own, full);
    expect(await codeOf(own)).toBe(429);
    first.destroy();
    await eventually('its objects to be given back', async () => expect(await codeOf(own)).toBe(200));
    await own.stop();
  });

  it('is enough by default for the largest review with its answer', () => {
    const { conversionBytesInFlightMax, conversionBodyBytesMax, conversionObjectsInFlightMax, conversionObjectsMax } =
      DEFAULT_WEBHOOK_LIMITS;
    expect(conversionBytesInFlightMax).toBeGreaterThanOrEqual(2 * conversionBodyBytesMax);
    expect(conversionObjectsInFlightMax).toBeGreaterThanOrEqual(conversionObjectsMax);
  });
});

/** Asks, and takes nothing of the answer but its head. */
async function slowReader({ url }: WebhookServer, body: string): Promise<IncomingMessage> {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
  const call = request(`${url}${WEBHOOK_PATHS.convert}`, { method: 'POST', headers, agent: false });
  call.on('error', () => undefined);
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  return response;
}

async function conversionBytes({ registry }: WebhookServer): Promise<number> {
  const [, bytes] = /in_flight\{review="conversion"\} (\d+)/.exec(await registry.metrics()) ?? [];
  return Number(bytes);
}

describe('nesting', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const review = (version: string, depth: number): string =>
    conversionReviewOf(
      version,
      `[{"apiVersion":"${GROUP}/v1alpha1","kind":"ServiceImport","metadata":{"name":"a"},"spec":{"ports":${nested(depth)}}}]`,
    );

  it('is passed on as deep as kube-apiserver allows where versions differ in name only', async () => {
    expect(await convertText(review('v1beta1', 9000))).toContain(nested(9000));
    expect((await server.post(WEBHOOK_PATHS.convert, review('v1beta1', 10_001))).code).toBe(400);
  });

  it('beyond what can be walked fails by name where objects change their form', async () => {
    expect((await convert(review('v1alpha2', 9000))).result).toMatchObject({
      status: 'Failure',
      message: 'ServiceImport a: nested too deeply to be converted',
    });
  });
});

describe('a long list', () => {
  it('of 10,000 objects is converted without keeping others waiting', async () => {
    const objects = Array.from({ length: 10_000 }, (_, index) =>
      object('v1beta1', `s${index}`, { spec: { type: 'Headless', ports: [{ port: index }] }, status: { note: index } }),
    );
    for (const version of ['v1alpha1', 'v1alpha2']) {
      let turns = 0;
      const timer = setInterval(() => (turns += 1), 1);
      const { convertedObjects } = await convert(conversionReview(version, objects));
      clearInterval(timer);
      expect(convertedObjects.map(({ metadata }) => (metadata as { name: string }).name)).toEqual(
        objects.map((_, index) => `s${index}`),
      );
      expect(new Set(convertedObjects.map(({ apiVersion }) => apiVersion))).toEqual(new Set([`${GROUP}/${version}`]));
      expect(turns).toBeGreaterThan(3);
    }
  });
});
