import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ReadApi, ReadApiOptions, WatchLine } from '../../test/support/read-api.ts';
import { OTHER_GROUP, startReadApi, thing } from '../../test/support/read-api.ts';

const AS_TABLE = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const AS_METADATA = { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const INITIAL = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
const MARK = { annotations: { 'k8s.io/initial-events-end': 'true' } };

let api: ReadApi | undefined;

async function start(options: ReadApiOptions = {}): Promise<ReadApi> {
  api = await startReadApi(options);
  return api;
}

afterEach(async () => {
  await api?.close();
  api = undefined;
});

function shown(lines: readonly WatchLine[]): string {
  return lines
    .map(({ type, object }) => `${type} ${type === 'BOOKMARK' ? '' : object.metadata.name}`.trim())
    .join(', ');
}

/** The next events until a change named `end` is seen; nothing that should have come before can be missed. */
async function until(reader: {
  take: (count: number) => Promise<readonly WatchLine[]>;
}): Promise<readonly WatchLine[]> {
  const lines: WatchLine[] = [];
  for (;;) {
    const [line] = await reader.take(1);
    if (line === undefined || line.object.metadata.name === 'end') return lines;
    lines.push(line);
  }
}

describe('the beginning of a watch', () => {
  test('is timed as a streaming list when it was asked to send the state', async () => {
    const { put, watch, metrics } = await start();
    put(thing('end', { labels: { x: '' } }));
    await until(await watch('/v1/things?watch=1'));
    await until(await watch(`/v1/things?watch=1&${INITIAL}`));
    await until(await watch(`/v1/namespaces/ns1/things?watch=1&${INITIAL}`));
    expect(metrics.watchLists).toEqual(['cluster', 'namespace']);
  });

  /** State: a (old), b (changed after OLD). Then `c` is created; `end` ends the reading. */
  test.each([
    ['', 'ADDED a, ADDED b, ADDED c'],
    ['resourceVersion=0', 'ADDED a, ADDED b, ADDED c'],
    ['resourceVersion=OLD', 'ADDED b, ADDED c'],
    ['resourceVersion=NOW', 'ADDED c'],
    ['allowWatchBookmarks=1', 'ADDED a, ADDED b, BOOKMARK, ADDED c'],
    ['allowWatchBookmarks=1&resourceVersion=0', 'ADDED a, ADDED b, BOOKMARK, ADDED c'],
    ['allowWatchBookmarks=1&resourceVersion=OLD', 'ADDED b, ADDED c'],
    [INITIAL, 'ADDED a, ADDED b, ADDED c'],
    [`${INITIAL}&allowWatchBookmarks=true`, 'ADDED a, ADDED b, BOOKMARK, ADDED c'],
    [`${INITIAL}&allowWatchBookmarks=true&resourceVersion=OLD`, 'ADDED a, ADDED b, BOOKMARK, ADDED c'],
    [`${INITIAL}&allowWatchBookmarks=true&resourceVersion=1`, 'ADDED a, ADDED b, BOOKMARK, ADDED c'],
    [`${INITIAL}&allowWatchBookmarks=true&labelSelector=x`, 'BOOKMARK'],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan', 'ADDED c'],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0', 'ADDED c'],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=OLD', 'ADDED b, ADDED c'],
  ])('%j gives %s', async (query, expected) => {
    const { put, watch, revision } = await start();
    put(thing('a'));
    const old = revision();
    put(thing('b'));
    const reader = await watch(`/v1/things?watch=1&${query.replace('OLD', old).replace('NOW', revision())}`);
    expect(reader.status).toBe(200);
    put(thing('c'));
    put(thing('end', { labels: { x: '' } }));
    const lines = await until(reader);
    expect(shown(lines)).toBe(expected);
    const marks = lines.filter(({ type }) => type === 'BOOKMARK').map(({ object }) => object.metadata);
    for (const mark of marks) expect(mark).toMatchObject(MARK);
  });

  test('sends the head before anything happens, without a length and never compressed', async () => {
    const { watch, revision } = await start({ freshness: { staleWarning: () => 'm1 is stale' } });
    const { headers } = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`, { 'Accept-Encoding': 'gzip' });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      'transfer-encoding': 'chunked',
      warning: '299 - "m1 is stale"',
    });
    expect(headers['content-encoding']).toBeUndefined();
  });

  test.each([
    ['resourceVersion=1', /^too old resource version: 1 \(\d+\)$/],
    ['resourceVersion=FOREIGN', /^too old resource version: \d+ \(\d+\)$/],
    ['resourceVersion=FUTURE', /^resource version \d+ is newer than the current \d+$/],
  ])('%s cannot be continued from: 410 in the stream, then its end', async (query, message) => {
    const { put, watch, store } = await start();
    put(thing('a'));
    put(thing('b'));
    const current = store.reader.current();
    const asked = query.replace('FOREIGN', String(current - 1)).replace('FUTURE', String(current + 256));
    const reader = await watch(`/v1/things?watch=1&${asked}`, AS_TABLE);
    const lines = await reader.rest();
    expect(lines).toMatchObject([
      {
        type: 'ERROR',
        object: { kind: 'Status', reason: 'Expired', code: 410, message: expect.stringMatching(message) as string },
      },
    ]);
    expect(reader.endedCleanly()).toBe(true);
  });

  test('with a state that does not become new enough: 504 in the stream', async () => {
    const { watch } = await start({ limits: { futureRevisionMs: 10 } });
    const reader = await watch(`/v1/things?watch=1&${INITIAL}&resourceVersion=9000000000000000`);
    expect(await reader.rest()).toMatchObject([
      {
        type: 'ERROR',
        object: { reason: 'Timeout', code: 504, details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
      },
    ]);
  });

  test('with a state that is waited for begins with it', async () => {
    const { watch, put, store } = await start();
    const next = store.reader.current() + 256;
    const reader = await watch(`/v1/things?watch=1&${INITIAL}&allowWatchBookmarks=1&resourceVersion=${next}`);
    put(thing('a'));
    expect(shown(await reader.take(2))).toBe('ADDED a, BOOKMARK');
  });

  test.each([
    ['sendInitialEvents=true', {}, 422],
    ['continue=x', {}, 422],
    ['resourceVersion=x', {}, 400],
    ['timeoutSeconds=x', {}, 400],
    ['labelSelector=a%20b', {}, 400],
    ['fieldSelector=spec.x%3D1', {}, 400],
    ['', { Accept: 'application/yaml' }, 406],
    ['', { Accept: AS_METADATA.Accept.replace('Metadata;', 'MetadataList;') }, 406],
    ['includeObject=x', AS_TABLE, 400],
  ])('%j with %j is refused before it begins: %i', async (query, headers, code) => {
    const { get } = await start();
    expect((await get(`/v1/things?watch=1&${query}`, headers as Record<string, string>)).status).toBe(code);
  });
});

describe('what a watch shows', () => {
  test('is every change at its own revision, deletions with the last content', async () => {
    const { put, remove, watch, revision } = await start();
    const reader = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`);
    put(thing('a', { size: 1 }));
    const created = revision();
    put(thing('a', { size: 2 }));
    const changed = revision();
    remove('a');
    const lines = await reader.take(3);
    const object = (size: number, at: string): string =>
      '{"apiVersion":"things.example.com/v1","kind":"Thing","metadata":{"name":"a","namespace":"ns1","uid":"uid-a",' +
      `"creationTimestamp":"2025-12-31T23:00:00Z","resourceVersion":"${at}"},"spec":{"size":${size}}}`;
    expect(lines.map(({ line }) => line)).toEqual([
      `{"type":"ADDED","object":${object(1, created)}}`,
      `{"type":"MODIFIED","object":${object(2, changed)}}`,
      `{"type":"DELETED","object":${object(2, revision())}}`,
    ]);
  });

  test('is limited to its namespace', async () => {
    const { put, watch, revision } = await start();
    const reader = await watch(`/v1/namespaces/ns2/things?watch=1&resourceVersion=${revision()}`);
    put(thing('a'), thing('b', { namespace: 'ns2' }));
    put(thing('end', { namespace: 'ns2' }));
    expect(shown(await until(reader))).toBe('ADDED b');
  });

  test('is in its version and group', async () => {
    const { put, watch } = await start({ group: OTHER_GROUP });
    put(thing('a', { size: 4 }));
    const reader = await watch('/v2/things?watch=1&allowWatchBookmarks=1');
    expect(await reader.take(2)).toMatchObject([
      { type: 'ADDED', object: { apiVersion: 'things.other.dev/v2', spec: { width: 4 } } },
      { type: 'BOOKMARK', object: { apiVersion: 'things.other.dev/v2', kind: 'Thing', metadata: MARK } },
    ]);
  });

  test('as metadata has metadata in bookmarks too', async () => {
    const { put, watch, revision } = await start();
    put(thing('a'));
    const reader = await watch('/v1/things?watch=1&allowWatchBookmarks=1', AS_METADATA);
    const [added, mark] = await reader.take(2);
    expect(added?.line).toBe(
      '{"type":"ADDED","object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a",' +
        `"namespace":"ns1","uid":"uid-a","creationTimestamp":"2025-12-31T23:00:00Z","resourceVersion":"${revision()}"}}}`,
    );
    expect(mark?.line).toBe(
      '{"type":"BOOKMARK","object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",' +
        `"metadata":{"resourceVersion":"${revision()}","creationTimestamp":null,` +
        '"annotations":{"k8s.io/initial-events-end":"true"}}}}',
    );
  });

  test('as a table names its columns once, in whichever event comes first', async () => {
    const { put, watch, revision } = await start();
    const early = await watch('/v1/things?watch=1&allowWatchBookmarks=1', AS_TABLE);
    const [mark] = await early.take(1);
    expect(mark?.line).toBe(
      `{"type":"BOOKMARK","object":{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"${revision()}"},` +
        '"columnDefinitions":[' +
        '{"name":"Name","type":"string","format":"name","description":"The Name.","priority":0},' +
        '{"name":"Size","type":"string","format":"","description":"The Size.","priority":0},' +
        '{"name":"Age","type":"string","format":"","description":"The Age.","priority":0}],' +
        '"rows":[{"cells":["",null,null],"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",' +
        `"metadata":{"resourceVersion":"${revision()}","creationTimestamp":null,` +
        '"annotations":{"k8s.io/initial-events-end":"true"}}}}]}}',
    );
    const late = await watch(`/v1/things?watch=1&resourceVersion=${revision()}`, AS_TABLE);
    put(thing('a', { size: 5 }));
    put(thing('b'));
    for (const [reader, columns] of [
      [early, [null, null]],
      [late, [[{ name: 'Name' }, { name: 'Size' }, { name: 'Age' }], null]],
    ] as const) {
      expect(await reader.take(2)).toMatchObject([
        { type: 'ADDED', object: { kind: 'Table', columnDefinitions: columns[0], rows: [{ cells: ['a', 5, '60m'] }] } },
        { type: 'ADDED', object: { kind: 'Table', columnDefinitions: columns[1], rows: [{ cells: ['b', 1, '60m'] }] } },
      ]);
    }
  });

  test('as a table without objects still carries the mark of the initial events', async () => {
    const { put, watch } = await start();
    put(thing('a'));
    const reader = await watch('/v1/things?watch=1&allowWatchBookmarks=1&includeObject=None', AS_TABLE);
    expect(await reader.take(2)).toMatchObject([
      { object: { rows: [{ object: null }] } },
      { object: { rows: [{ object: { metadata: MARK } }] } },
    ]);
  });

  test('has ages of the moment in which it is written', async () => {
    let nowMs = Date.parse('2025-12-31T23:00:10Z');
    const { put, watch } = await start({ deps: { clock: () => nowMs } });
    put(thing('a'));
    const early = await watch('/v1/things?watch=1', AS_TABLE);
    expect(await early.take(1)).toMatchObject([{ object: { rows: [{ cells: ['a', 1, '10s'] }] } }]);
    nowMs += 10_000;
    const late = await watch('/v1/things?watch=1', AS_TABLE);
    expect(await late.take(1)).toMatchObject([{ object: { rows: [{ cells: ['a', 1, '20s'] }] } }]);
  });
});

describe('a selector in a watch', () => {
  const SELECTED = { labels: { tier: 'front' } };

  test('turns entering and leaving the selection into ADDED and DELETED', async () => {
    const { put, remove, watch, revision } = await start();
    const from = revision();
    const path = `/v1/things?watch=1&resourceVersion=${from}&labelSelector=tier%3Dfront`;
    const live = await watch(path);
    put(thing('a', { size: 1 }));
    put(thing('a', { size: 2, ...SELECTED }));
    put(thing('a', { size: 3, ...SELECTED }));
    put(thing('a', { size: 4 }));
    const left = revision();
    put(thing('a', { size: 5 }));
    remove('a');
    put(thing('b', { size: 6, ...SELECTED }));
    remove('b');
    const replayed = await watch(path);
    for (const reader of [live, replayed]) {
      const lines = await reader.take(5);
      expect(lines.map(({ type, object }) => [type, object.metadata.name, object.spec])).toEqual([
        ['ADDED', 'a', { size: 2 }],
        ['MODIFIED', 'a', { size: 3 }],
        ['DELETED', 'a', { size: 3 }],
        ['ADDED', 'b', { size: 6 }],
        ['DELETED', 'b', { size: 6 }],
      ]);
      expect(lines[2]?.object.metadata).toMatchObject({ resourceVersion: left, ...SELECTED });
      expect(lines[4]?.object.metadata.resourceVersion).toBe(revision());
    }
  });

  test('by name gives one object its ADDED', async () => {
    const { put, watch } = await start();
    put(thing('a'), thing('b'));
    const reader = await watch('/v1/namespaces/ns1/things?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Db');
    put(thing('a', { size: 2 }), thing('b', { size: 2 }));
    expect(shown(await reader.take(2))).toBe('ADDED b, MODIFIED b');
  });
});

describe('the end of a watch', () => {
  test('comes with its timeout, cleanly, and the connection serves the next request', async () => {
    const { put, watch, get, openSockets } = await start();
    const reader = await watch('/v1/things?watch=1&timeoutSeconds=1');
    put(thing('a'));
    expect(shown(await reader.rest())).toBe('ADDED a');
    expect(reader.endedCleanly()).toBe(true);
    expect((await get('/v1/things')).status).toBe(200);
    expect(openSockets()).toHaveLength(1);
  });

  test('comes when the server drains, and new watches are turned away', async () => {
    const { watch, get, drain, metrics } = await start();
    const reader = await watch('/v1/things?watch=1');
    await expect.poll(() => metrics.watchers).toBe(1);
    drain.abort();
    expect(await reader.rest()).toEqual([]);
    expect(reader.endedCleanly()).toBe(true);
    expect(metrics.cuts).toEqual(['drain']);
    const answer = await get('/v1/things?watch=1');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  });

  test('by the client frees what it held', async () => {
    const { watch, metrics, store } = await start();
    const reader = await watch('/v1/things?watch=1');
    await expect.poll(() => metrics.watchers).toBe(1);
    const subscriptions = (): number | undefined =>
      store.figures().resources.find(({ resource }) => resource === 'things')?.subscriptions;
    expect(subscriptions()).toBe(1);
    reader.close();
    await expect.poll(() => metrics.watchers).toBe(0);
    expect(subscriptions()).toBe(0);
  });

  test('is chosen between once and twice the limit when the client does not say', async () => {
    const delays: number[] = [];
    const { watch, metrics } = await start({
      deps: {
        timer: (_callback, delayMs) => {
          delays.push(delayMs);
          return () => undefined;
        },
      },
    });
    await watch('/v1/things?watch=1');
    await watch('/v1/things?watch=1&timeoutSeconds=99999999999');
    await expect.poll(() => metrics.watchers).toBe(2);
    expect(delays).toEqual([2_700_000, 86_400_000]);
  });
});

describe('bookmarks', () => {
  /** Timers that only fire when told to, the shortest first. */
  function manualTimers() {
    const timers = new Set<{ callback: () => void; delayMs: number }>();
    return {
      timer: (callback: () => void, delayMs: number) => {
        const entry = { callback, delayMs };
        timers.add(entry);
        return () => timers.delete(entry);
      },
      delays: () => [...timers].map(({ delayMs }) => delayMs).sort((a, b) => a - b),
      fireFirst: () => {
        const [first] = [...timers].sort((a, b) => a.delayMs - b.delayMs);
        if (first === undefined) throw new Error('no timer');
        timers.delete(first);
        first.callback();
      },
    };
  }

  test('come about every minute and before the end, with the current revision', async () => {
    const timers = manualTimers();
    const { put, watch, revision } = await start({ deps: { timer: timers.timer } });
    const reader = await watch(
      `/v1/things?watch=1&timeoutSeconds=100&allowWatchBookmarks=1&resourceVersion=${revision()}`,
    );
    await expect.poll(timers.delays).toEqual([60_000, 100_000]);
    put(thing('a'));
    timers.fireFirst();
    expect(shown(await reader.take(2))).toBe('ADDED a, BOOKMARK');
    expect(timers.delays()).toEqual([38_000, 100_000]);
    timers.fireFirst();
    const [mark] = await reader.take(1);
    expect(mark?.line).toBe(
      '{"type":"BOOKMARK","object":{"apiVersion":"things.example.com/v1","kind":"Thing",' +
        `"metadata":{"resourceVersion":"${revision()}","creationTimestamp":null}}}`,
    );
    expect(timers.delays()).toEqual([100_000]);
    timers.fireFirst();
    expect(await reader.rest()).toEqual([]);
    expect(reader.endedCleanly()).toBe(true);
  });

  test('do not come unless they are allowed', async () => {
    const timers = manualTimers();
    const { watch } = await start({ deps: { timer: timers.timer } });
    await watch('/v1/things?watch=1&timeoutSeconds=100');
    await expect.poll(timers.delays).toEqual([100_000]);
  });
});

/** Speaks to the server byte by byte. */
async function speak(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

test('a client of HTTP/1.0 gets lines without chunks', async () => {
  const { put, port } = await start();
  put(thing('a'), thing('b'));
  const answer = await speak(port, 'GET /v1/things?watch=1&timeoutSeconds=1 HTTP/1.0\r\n\r\n');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).not.toContain('chunked');
  expect(
    body
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as WatchLine).type),
  ).toEqual(['ADDED', 'ADDED']);
});

test('a watch that is pipelined behind another request waits for its turn', async () => {
  const { put, port } = await start();
  put(thing('a'));
  const answer = await speak(
    port,
    'GET /v1/things HTTP/1.1\r\nHost: x\r\n\r\n' +
      'GET /v1/things?watch=1&timeoutSeconds=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  const answers = answer.split('HTTP/1.1 200 OK\r\n').slice(1);
  expect(answers).toHaveLength(2);
  expect(answers[0]).toContain('"kind":"ThingList"');
  expect(answers[1]).toContain('{"type":"ADDED"');
  expect(answers[1]).toMatch(/\r\n0\r\n\r\n$/);
});
