import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceExport } from '../test/support/clusterset-objects.ts';
import { eventually } from '../test/support/eventually.ts';
import type { WebhookServer } from '../test/support/webhooks.ts';
import { admissionReview, conversionReview, startWebhooks } from '../test/support/webhooks.ts';
import { DEFAULT_WEBHOOK_LIMITS } from './limits.ts';
import { memberWebhookPath, WEBHOOK_PATHS } from './paths.ts';
import type { ReviewDecision, WebhookCallers } from './types.ts';

const MIB = 1024 * 1024;
const { safety, advice, convert } = WEBHOOK_PATHS;
const CHUNKED = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
const ALLOW: ReviewDecision = { type: 'allow', warnings: [], failures: [] };
const sound = admissionReview({ object: serviceExport() });

let server: WebhookServer;

beforeAll(async () => {
  server = await startWebhooks();
});

afterAll(() => server.stop());

interface StatusView {
  readonly kind: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

async function refused(path: string, body: string | Buffer, on = server): Promise<StatusView> {
  const { code, text } = await on.post(path, body);
  const status = JSON.parse(text) as StatusView;
  expect([status.kind, status.code]).toEqual(['Status', code]);
  return status;
}

describe('the transport', () => {
  it.each(['GET', 'PUT', 'DELETE'])('answers 405 to %s', async (method) => {
    const response = await fetch(`${server.url}${safety}`, { method });
    expect([response.status, response.headers.get('Allow')]).toEqual([405, 'POST']);
    expect(await response.json()).toMatchObject({ reason: 'MethodNotAllowed' });
  });

  it.each([
    '/',
    '/validate',
    '/validate/safety/',
    '/members//validate/safety',
    '/members/../convert',
    '/members/a/convert',
  ])('answers 404 to %s', async (path) => {
    expect(await rawPost(server, { path })).toBe(404);
  });

  it.each([
    ['application/yaml', 415],
    ['text/plain', 415],
    ['application/json; charset=latin1', 415],
    ['application/vnd.kubernetes.protobuf', 415],
    ['application/json', 200],
    ['application/json; charset=UTF-8', 200],
    ['Application/JSON', 200],
  ])('answers a body of type %s with %d', async (type, code) => {
    for (const path of [safety, advice]) {
      expect((await server.post(path, sound, { 'Content-Type': type })).code).toBe(code);
    }
  });

  it('answers 415 to a body of no type', async () => {
    expect(await rawPost(server, {})).toBe(415);
  });
});

describe('an AdmissionReview that is none', () => {
  it.each([
    ['nothing', '', 'the body is not JSON'],
    ['no JSON', '{"kind":', 'the body is not JSON'],
    ['no JSON with a long number', '{"n":12345678901234567,}', /^the body is not JSON: invalid character '}'/],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'the body is not JSON'],
    ['a list', '[]', 'the body is not a JSON object'],
    ['no request', JSON.stringify({ ...JSON.parse(sound), request: null }), 'request is missing'],
    ['no uid', admissionReview({ uid: '' }), 'request.uid is missing'],
    ['a uid that is no text', admissionReview({ uid: 7 }), 'request.uid is missing'],
    ['no operation', admissionReview({ operation: '' }), 'request.operation is missing'],
    ['no resource', sound.replace('"resource":', '"other":'), 'request.resource is missing'],
    ['no object', admissionReview({}), 'request.object is missing (CREATE)'],
    [
      'no old object',
      admissionReview({ operation: 'UPDATE', object: serviceExport() }),
      'request.oldObject is missing (UPDATE)',
    ],
    [
      'an object of another kind',
      admissionReview({ object: { ...serviceExport(), kind: 'Other' } }),
      'request.object is no ServiceExport',
    ],
    ['an object that is none', admissionReview({ object: { metadata: 'x' } }), 'request.object is no ServiceExport'],
    [
      'another version',
      sound.replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
      'only admission.k8s.io/v1 AdmissionReview is reviewed here, not "admission.k8s.io/v1beta1 AdmissionReview"',
    ],
    [
      'another kind',
      conversionReview('v1beta1', []),
      'only admission.k8s.io/v1 AdmissionReview is reviewed here, not "apiextensions.k8s.io/v1 ConversionReview"',
    ],
  ])('is answered 400: %s', async (_what, body, message) => {
    for (const path of [safety, advice]) {
      const status = await refused(path, body);
      expect(status).toMatchObject({ code: 400, reason: 'BadRequest' });
      expect(status.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    }
  });
});

describe('a review that is strange', () => {
  it('of two objects of 3 MiB is judged', async () => {
    const large = serviceExport({ annotations: { note: 'x'.repeat(3 * MIB - 1000) } });
    const body = admissionReview({ operation: 'UPDATE', object: large, oldObject: large });
    expect(body.length).toBeGreaterThan(5.9 * MIB);
    expect((await server.post(safety, body)).code).toBe(200);
  });

  it('read in parts is judged by the same values: exact integers, the last of keys given twice', async () => {
    const own = await startWebhooks({ judge: () => ALLOW });
    const large = serviceExport({ annotations: { note: 'x'.repeat(3 * MIB) }, generation: 1 });
    const body = admissionReview({ operation: 'UPDATE', object: large, oldObject: large })
      .replaceAll('"generation":1', '"generation":1,"generation":9007199254740993')
      .replace('"operation":"UPDATE"', '"operation":"CREATE","operation":"UPDATE"');
    expect((await own.post(safety, body)).code).toBe(200);
    const [write] = own.judged;
    expect(write?.operation).toBe('UPDATE');
    for (const object of [write?.object, write?.oldObject]) {
      expect(object?.metadata).toMatchObject({ generation: 9007199254740993n, name: 'api' });
    }
    expect(await refused(safety, body.slice(0, -1), own)).toMatchObject({ code: 400, message: 'the body is not JSON' });
    await own.stop();
  });

  it('above the bound is answered 413, declared or sent in chunks', async () => {
    const body = `${sound}${' '.repeat(8 * MIB)}`;
    const message = `Request entity too large: limit is ${8 * MIB}`;
    expect(await refused(safety, body)).toMatchObject({ code: 413, message });
    expect(await rawPost(server, { headers: CHUNKED, body })).toBe(413);
  });

  it('in chunks is judged like any other', async () => {
    const body = admissionReview({ object: serviceExport({ annotations: { note: 'x'.repeat(300_000) } }) });
    expect(await rawPost(server, { headers: CHUNKED, body })).toBe(200);
  });

  it('nested without end is denied by safety and allowed by advice', async () => {
    const nested = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    const body = admissionReview({ object: serviceExport({}, { spec: { deep: 'DEEP' } }) }).replace('"DEEP"', nested);
    const denied = JSON.parse((await server.post(safety, body)).text) as { response: unknown };
    expect(denied.response).toMatchObject({
      allowed: false,
      status: { code: 400, message: 'the object is nested deeper than 1000 levels' },
    });
    const advised = JSON.parse((await server.post(advice, body)).text) as { response: unknown };
    expect(advised.response).toMatchObject({ allowed: true });
  });

  it('with half of a surrogate pair in a name is denied in sound JSON', async () => {
    const body = admissionReview({ object: serviceExport({ name: 'a\ud800b' }), name: 'a\ud800b' });
    const { text } = await server.post(safety, body);
    expect(JSON.parse(text)).toMatchObject({ response: { allowed: false, status: { code: 422 } } });
    expect(Buffer.from(text).toString()).toBe(text);
  });
});

describe('too much at once', () => {
  it('200 calls are all answered', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => server.post(safety, sound)));
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([200]));
  });

  it('above the places in flight is answered 429, with when to come again', async () => {
    const { judge, release } = heldJudge();
    const own = await startWebhooks({ judge, limits: { ...DEFAULT_WEBHOOK_LIMITS, admissionsInFlightMax: 2 } });
    const held = [own.post(safety, sound), own.post(advice, sound)];
    await eventually('both to be judged', () => expect(own.judged).toHaveLength(2));
    const turnedAway = await own.post(safety, sound);
    expect([turnedAway.code, turnedAway.headers.get('Retry-After')]).toEqual([429, '1']);
    // Conversions have places of their own.
    expect((await own.post(convert, conversionReview('v1beta1', []))).code).toBe(200);
    release();
    expect((await Promise.all(held)).map(({ code }) => code)).toEqual([200, 200]);
    expect((await own.post(safety, sound)).code).toBe(200);
    await own.stop();
  });

  it('bodies of admissions above their budget are answered 429, and conversions take nothing of it', async () => {
    const { judge, release } = heldJudge();
    const limits = {
      ...DEFAULT_WEBHOOK_LIMITS,
      admissionBytesInFlightMax: sound.length + 100,
      conversionBytesInFlightMax: 1000,
    };
    const own = await startWebhooks({ judge, limits });
    const converting = await unfinished(own, convert, { declaredBytes: 990, sentBytes: 990 - 1 });
    await eventually('the conversion to arrive', async () => {
      expect(await own.registry.metrics()).toContain('in_flight{review="conversion"} 989');
    });
    expect(await refused(convert, conversionReview('v1beta1', []), own)).toMatchObject({ code: 429 });
    const first = own.post(safety, sound);
    await eventually('the first to be judged', () => expect(own.judged).toHaveLength(1));
    expect(await refused(safety, sound, own)).toMatchObject({ code: 429, reason: 'TooManyRequests' });
    release();
    expect((await first).code).toBe(200);
    expect((await own.post(safety, sound)).code).toBe(200);
    converting.destroy();
    await own.stop();
  });

  it('bodies take room for what has come, not for what was declared, and no place before they are whole', async () => {
    const limits = { ...DEFAULT_WEBHOOK_LIMITS, admissionsInFlightMax: 1, conversionsInFlightMax: 1 };
    const own = await startWebhooks({ limits });
    const calls = [
      ...[1, 2, 3].map(() => unfinished(own, convert, { declaredBytes: 256 * MIB, sentBytes: 10 })),
      ...[1, 2, 3, 4].map(() => unfinished(own, safety, { declaredBytes: 8 * MIB, sentBytes: 10 })),
    ];
    const held = await Promise.all(calls);
    await eventually('all to arrive', async () => {
      const metrics = await own.registry.metrics();
      expect(metrics).toContain('body_bytes_in_flight{review="conversion"} 30');
      expect(metrics).toContain('body_bytes_in_flight{review="admission"} 40');
    });
    expect((await own.post(safety, sound)).code).toBe(200);
    expect((await own.post(convert, conversionReview('v1beta1', []))).code).toBe(200);
    for (const call of held) call.destroy();
    await own.stop();
  });
});

describe('a member in the path', () => {
  it('is told to the judge; who has no proof of it may not use up what it may ask', async () => {
    let nowMs = 0;
    const own = await startWebhooks({
      judge: () => ALLOW,
      clock: () => nowMs,
      limits: { ...DEFAULT_WEBHOOK_LIMITS, memberReviewsPerSecondMax: 1, memberReviewsBurstMax: 2 },
      callers: onlyEast,
    });
    const east = memberWebhookPath('east', 'safety');
    const codes = async (headers: Record<string, string>): Promise<readonly number[]> => {
      const first = await own.post(east, sound, headers);
      return [first, await own.post(east, sound, headers), await own.post(east, sound, headers)].map(
        ({ code }) => code,
      );
    };
    expect(await codes({})).toEqual([200, 200, 429]);
    expect(await codes({ 'X-Proof': 'yes' })).toEqual([200, 200, 429]);
    expect(own.judged.map(({ origin }) => origin)).toEqual([
      ...Array<object>(2).fill({ member: 'east', authenticated: false }),
      ...Array<object>(2).fill({ member: 'east', authenticated: true }),
    ]);
    nowMs = 1000;
    expect((await own.post(east, sound)).code).toBe(200);
    expect((await own.post(memberWebhookPath('west', 'advice'), sound)).code).toBe(404);
    await own.stop();
  });

  it('pays for a long review as for many', async () => {
    const limits = { ...DEFAULT_WEBHOOK_LIMITS, memberReviewsBurstMax: 10, memberReviewBytes: 1000 };
    const own = await startWebhooks({ judge: () => ALLOW, clock: () => 0, limits, callers: onlyEast });
    const east = memberWebhookPath('east', 'safety');
    const long = sound + ' '.repeat(6000);
    const codes = [await own.post(east, long), await own.post(east, long), await own.post(east, sound)];
    expect(codes.map(({ code }) => code)).toEqual([200, 429, 200]);
    expect(own.judged).toHaveLength(2);
    await own.stop();
  });

  it.each([safety, advice, convert])(
    'is needed where members ask: %s is answered 404 before its body comes',
    async (path) => {
      const own = await startWebhooks({ callers: onlyEast });
      const call = await unfinished(own, path, { declaredBytes: 5 * MIB, sentBytes: 10 });
      const [response] = (await once(call, 'response')) as [{ statusCode?: number }];
      expect(response.statusCode).toBe(404);
      expect(await own.registry.metrics()).toContain('body_bytes_in_flight{review="conversion"} 0');
      call.destroy();
      await own.stop();
    },
  );
});

describe('time', () => {
  it('is up when the caller says so: 504, and the place is free again', async () => {
    const { judge, release } = heldJudge();
    const own = await startWebhooks({ judge, limits: { ...DEFAULT_WEBHOOK_LIMITS, admissionsInFlightMax: 1 } });
    expect(await refused(`${safety}?timeout=50ms`, sound, own)).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(own.judged[0]?.isAwaited()).toBe(false);
    release();
    expect((await own.post(`${safety}?timeout=10s`, sound)).code).toBe(200);
    await own.stop();
  });

  it('of a caller who leaves is counted, and nothing else happens', async () => {
    const { judge, release } = heldJudge();
    const own = await startWebhooks({ judge });
    const leaving = new AbortController();
    const headers = { 'Content-Type': 'application/json' };
    const call = fetch(`${own.url}${safety}`, { method: 'POST', headers, body: sound, signal: leaving.signal });
    await eventually('it to be judged', () => expect(own.judged).toHaveLength(1));
    expect(own.judged[0]?.isAwaited()).toBe(true);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await eventually('it to be known', () => expect(own.judged[0]?.isAwaited()).toBe(false));
    await eventually('it to be counted', async () => {
      expect(await own.registry.metrics()).toContain('requests_total{webhook="safety",code="aborted"} 1');
    });
    release();
    expect((await own.post(safety, sound)).code).toBe(200);
    expect(own.logged).toEqual([]);
    await own.stop();
  });

  it('of a caller who stops in the middle of a body is given back', async () => {
    const own = await startWebhooks();
    const call = await unfinished(own, safety, { declaredBytes: 100, sentBytes: 60 });
    await eventually('it to be received', async () => {
      expect(await own.registry.metrics()).toContain('body_bytes_in_flight{review="admission"} 60');
    });
    call.destroy();
    await eventually('its bytes to be given back', async () => {
      expect(await own.registry.metrics()).toContain('body_bytes_in_flight{review="admission"} 0');
    });
    await own.stop();
  });

  it('that is up before a body is whole ends its connection', async () => {
    const own = await startWebhooks();
    const call = await unfinished(own, `${safety}?timeout=20ms`, { declaredBytes: 100, sentBytes: 60 });
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([504, 'close']);
    response.resume();
    await once(call, 'close');
    expect(await own.registry.metrics()).toContain('body_bytes_in_flight{review="admission"} 0');
    await own.stop();
  });
});

describe('our own end', () => {
  it('waits for what is being answered, refuses nothing, and sends callers elsewhere', async () => {
    const { judge, release } = heldJudge();
    const own = await startWebhooks({ judge });
    const held = own.post(safety, sound);
    await eventually('it to be judged', () => expect(own.judged).toHaveLength(1));
    let isDrained = false;
    const drained = own.webhooks.drain().then(() => (isDrained = true));
    const late = await own.post(convert, conversionReview('v1beta1', []));
    expect([late.code, late.headers.get('Connection')]).toEqual([200, 'close']);
    expect(isDrained).toBe(false);
    release();
    expect((await held).code).toBe(200);
    await drained;
    await own.stop();
  });
});

const onlyEast: WebhookCallers = {
  type: 'members',
  identifyMember: (member, { headers }) =>
    member !== 'east' ? 'unknown' : headers['x-proof'] === undefined ? 'unproven' : 'authenticated',
};

/** A review of which only the beginning is sent. */
async function unfinished(
  { url }: WebhookServer,
  path: string,
  { declaredBytes, sentBytes }: { readonly declaredBytes: number; readonly sentBytes: number },
): Promise<ClientRequest> {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(declaredBytes) };
  const call = request(`${url}${path}`, { method: 'POST', headers, agent: false });
  call.on('error', () => undefined);
  await new Promise((resolve) => call.write('{'.padEnd(sentBytes), resolve));
  return call;
}

/** A judge that decides when it is told to, and at once from then on. */
function heldJudge(): { readonly judge: () => Promise<ReviewDecision>; readonly release: () => void } {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { judge: () => released.then(() => ALLOW), release };
}

interface RawPost {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Without what fetch puts right by itself; answers the code. */
async function rawPost(
  { url }: WebhookServer,
  { path = safety, headers = {}, body = sound }: RawPost,
): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  const call = request({ hostname, port, path, method: 'POST', headers });
  call.on('error', () => undefined);
  call.end(body);
  const [response] = (await once(call, 'response')) as [{ statusCode?: number; resume: () => void }];
  response.resume();
  return response.statusCode;
}
