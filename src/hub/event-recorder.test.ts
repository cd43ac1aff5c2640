import { describe, expect, it } from 'vitest';
import { createEventHub, hubEvent, notFound, OUR_SERVICE } from '../../test/support/event-hub.ts';
import { failure } from '../../test/support/fake-hub.ts';
import { createManualTime, settle } from '../../test/support/manual-time.ts';
import { ConnectionError } from '../connection/index.ts';
import { createEventRecorder } from './event-recorder.ts';

const MINUTE_MS = 60_000;
const WAITING_MAX = 200;

function setUp(perMinute = 60) {
  const world = createEventHub();
  const time = createManualTime();
  const counts = { written: 0, deduplicated: 0, dropped: 0, failed: 0 };
  const told: string[] = [];
  const recorder = createEventRecorder({
    connection: world.hub.connection,
    service: OUR_SERVICE,
    reportingController: 'example.com/reporter',
    reportingInstance: 'one',
    perMinute,
    clock: time.now,
    monotonic: time.now,
    schedule: time.schedule,
    onResult: (result) => (counts[result] += 1),
    onProblem: (problem) => told.push(problem ?? 'fine'),
    onDropped: (count) => told.push(`dropped ${count}`),
  });
  const record = async (...notes: readonly string[]): Promise<void> => {
    for (const note of notes) recorder.record(hubEvent(note));
    await settle();
  };
  return { world, time, counts, told, recorder, record, requests: world.hub.requests };
}

describe('an event recorder', () => {
  it('writes Events in order, each once, into the namespace of their object', async () => {
    const { world, counts, record, requests, time } = setUp();
    await record('one', 'two');
    expect(world.lines()).toEqual(['prod Happened one', 'prod Happened two']);
    expect(world.events()[0]).toMatchObject({
      regarding: { namespace: 'prod', name: 'api', uid: 'u1' },
      reportingController: 'example.com/reporter',
      reportingInstance: 'one',
    });
    await time.advance(100 * MINUTE_MS);
    expect(requests).toHaveLength(2);
    expect(counts).toEqual({ written: 2, deduplicated: 0, dropped: 0, failed: 0 });
  });

  it('writes nothing and sets no timer while nothing happens', async () => {
    const { time, requests, record } = setUp();
    expect(time.pending()).toEqual([]);
    await record('one');
    expect(time.pending()).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  it('writes into our namespace what has none on the hub, with its object intact, and remembers that for a minute', async () => {
    const { world, time, record, requests, recorder } = setUp();
    recorder.record(hubEvent('far', { regarding: { ...hubEvent('').regarding, namespace: 'test' } }));
    await settle();
    expect(world.lines()).toEqual(['ours Happened far']);
    expect(world.events()[0]).toMatchObject({ regarding: { namespace: 'test', name: 'api', uid: 'u1' } });
    expect(requests).toHaveLength(2);
    const again = (note: string) =>
      recorder.record(hubEvent(note, { regarding: { ...hubEvent('').regarding, namespace: 'test' } }));
    again('farther');
    await settle();
    expect(requests).toHaveLength(3);
    world.namespaces.add('test');
    await time.advance(MINUTE_MS);
    again('near');
    await record();
    expect(world.lines().at(-1)).toBe('test Happened near');
  });

  it('asks for the namespace of an Event once, however long its turn takes', async () => {
    const { world, time, record, requests } = setUp(2);
    world.namespaces.delete('prod');
    await record('one');
    world.trouble = () => {
      world.trouble = () => undefined;
      return failure(503, 'busy');
    };
    await time.advance(10 * MINUTE_MS);
    expect(requests.map(({ path }) => path.split('/')[5])).toEqual(['prod', 'ours', 'ours']);
    expect(world.lines()).toEqual(['ours Happened one']);
  });

  it('treats a namespace that is being deleted as absent', async () => {
    const { world, record } = setUp();
    const body = { message: 'being terminated', details: { causes: [{ reason: 'NamespaceTerminating' }] } };
    world.trouble = ({ path }) => (path.includes('/prod/') ? { status: 403, body } : undefined);
    await record('one');
    expect(world.lines()).toEqual(['ours Happened one']);
  });

  it('gives up an Event for which not even our namespace is there', async () => {
    const { world, record, counts, told } = setUp();
    world.namespaces.clear();
    await record('one');
    expect(counts).toMatchObject({ written: 0, failed: 1 });
    expect(told).toEqual(['404: namespaces "ours" not found']);
  });
});

describe('a repetition', () => {
  it('becomes a series: at once the first time, then once a minute, and nothing after the last', async () => {
    const { world, time, record, requests, counts } = setUp();
    await record('one');
    await record('one');
    expect(world.lines()).toEqual(['prod Happened one x2']);
    await record('one', 'one', 'one');
    expect(world.lines()).toEqual(['prod Happened one x2']);
    await time.advance(MINUTE_MS - 1);
    expect(requests).toHaveLength(2);
    await time.advance(1);
    expect(world.lines()).toEqual(['prod Happened one x5']);
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH']);
    expect(requests[2]?.headers).toEqual({ 'content-type': 'application/merge-patch+json' });
    await time.advance(100 * MINUTE_MS);
    expect(requests).toHaveLength(3);
    expect(counts).toEqual({ written: 3, deduplicated: 4, dropped: 0, failed: 0 });
  });

  it('while the first one still waits is written with it', async () => {
    const { world, recorder, requests, time } = setUp(2);
    recorder.record(hubEvent('other'));
    for (let times = 0; times < 3; times++) recorder.record(hubEvent('one'));
    await time.advance(MINUTE_MS);
    expect(world.lines()).toEqual(['prod Happened other', 'prod Happened one x3']);
    expect(requests).toHaveLength(2);
  });

  it('that happens while it is being written is written afterwards', async () => {
    const { world, record, recorder } = setUp();
    world.trouble = () => {
      world.trouble = () => undefined;
      recorder.record(hubEvent('one'));
      return undefined;
    };
    await record('one');
    expect(world.lines()).toEqual(['prod Happened one x2']);
  });

  it('more than six minutes later is a new Event', async () => {
    const { world, time, record } = setUp();
    await record('one');
    await time.advance(6 * MINUTE_MS);
    await record('one');
    expect(world.lines()).toEqual(['prod Happened one', 'prod Happened one']);
  });

  it('of an Event that the hub has removed makes a new one with the whole count', async () => {
    const { world, record } = setUp();
    await record('one');
    world.forgetEvents();
    await record('one');
    expect(world.lines()).toEqual(['prod Happened one x2']);
  });

  it('goes to our namespace when that of the object has gone', async () => {
    const { world, record } = setUp();
    await record('one');
    world.namespaces.delete('prod');
    await record('one');
    expect(world.lines()).toEqual(['prod Happened one', 'ours Happened one x2']);
  });
});

describe('too many Events', () => {
  it('are written half at once, the rest evenly, never more in a minute than allowed', async () => {
    const { world, time, record } = setUp(60);
    await record(...Array.from({ length: 100 }, (_, index) => String(index)));
    expect(world.events()).toHaveLength(30);
    await time.advance(2_000);
    expect(world.events()).toHaveLength(31);
    await time.advance(MINUTE_MS - 2_001);
    expect(world.events()).toHaveLength(59);
    await time.advance(10 * MINUTE_MS);
    expect(world.events()).toHaveLength(100);
  });

  it('are counted beyond those that may wait, and summed up by one log line and one Event', async () => {
    const { world, time, counts, told, record } = setUp(60);
    await record(...Array.from({ length: 500 }, (_, index) => String(index)));
    // One was on its way when the others came.
    expect(counts.dropped).toBe(500 - WAITING_MAX - 1);
    expect(told).toEqual([]);
    await time.advance(MINUTE_MS);
    expect(told).toEqual([`dropped ${counts.dropped}`]);
    await time.advance(10 * MINUTE_MS);
    const sums = world.lines().filter((line) => line.includes('EventsDropped'));
    expect(sums).toEqual([
      'ours EventsDropped 299 Events were not written: at most 60 are written in a minute. Conditions and metrics tell the rest.',
    ]);
    expect(world.events()).toHaveLength(WAITING_MAX + 2);
    expect(told).toHaveLength(1);
    expect(world.events().find(({ reason }) => reason === 'EventsDropped')).toMatchObject({ regarding: OUR_SERVICE });
  });

  it('do not keep the sum from being told before them', async () => {
    const { world, time, record } = setUp(60);
    await record(...Array.from({ length: 500 }, (_, index) => String(index)));
    await time.advance(MINUTE_MS);
    expect(world.lines().at(-1)).toContain('EventsDropped');
  });
});

describe('a hub that does not take Events', () => {
  it('is asked once more after the time it names, and only then', async () => {
    const { world, time, record, requests, counts } = setUp();
    world.hub.connection.request = (request) => {
      requests.push(request);
      return Promise.resolve({ status: 429, headers: { 'retry-after': '7' }, body: Buffer.from('{}') });
    };
    await record('one', 'two');
    expect(requests).toHaveLength(1);
    await time.advance(6_999);
    expect(requests).toHaveLength(1);
    await time.advance(1);
    expect(requests.map(({ body = '' }) => (JSON.parse(body) as { note: string }).note)).toEqual(['one', 'one']);
    expect(counts.failed).toBe(1);
    await time.advance(7_000);
    expect(requests).toHaveLength(3);
  });

  it('cannot make us wait longer than a minute', async () => {
    const { world, time, record, requests } = setUp();
    world.hub.connection.request = (request) => {
      requests.push(request);
      return Promise.resolve({ status: 503, headers: { 'retry-after': '86400' }, body: Buffer.from('<html>') });
    };
    await record('one');
    await time.advance(MINUTE_MS);
    expect(requests).toHaveLength(2);
  });

  it('creates no second Event when its first answer was lost', async () => {
    const { world, time, record, counts } = setUp();
    const { connection } = world.hub;
    const healthy = { ...connection };
    connection.request = async (request) => {
      await healthy.request(request);
      connection.request = (next) => healthy.request(next);
      throw new ConnectionError('Broken', 'cut', { sent: true });
    };
    await record('one');
    await time.advance(10_000);
    expect(world.lines()).toEqual(['prod Happened one']);
    expect(counts).toMatchObject({ written: 1, failed: 0 });
  });

  it('is told once, and again when it does', async () => {
    const { world, time, record, told, counts } = setUp();
    world.trouble = () => failure(403, 'events.events.k8s.io is forbidden');
    await record('one', 'two', 'three');
    expect(told).toEqual(['403: events.events.k8s.io is forbidden']);
    expect(counts).toMatchObject({ written: 0, failed: 3 });
    await time.advance(10 * MINUTE_MS);
    await record('one');
    expect(told).toHaveLength(1);
    world.trouble = () => undefined;
    await record('four');
    expect(told).toEqual(['403: events.events.k8s.io is forbidden', 'fine']);
  });

  it('now and then is not told more than once a minute', async () => {
    const { world, record, told, time } = setUp();
    world.trouble = ({ path }) => (path.includes('/prod/') ? failure(403, 'quota') : undefined);
    await record('one');
    world.trouble = () => undefined;
    await record('two');
    world.trouble = () => failure(403, 'quota');
    await record('three');
    expect(told).toEqual(['403: quota', 'fine']);
    await time.advance(MINUTE_MS);
    await record('four');
    expect(told).toEqual(['403: quota', 'fine', '403: quota']);
  });

  it('that has no such API is one that refuses', async () => {
    const { world, record, told } = setUp();
    world.trouble = () => notFound('events', 'x');
    await record('one');
    expect(told).toEqual(['404: events "x" not found']);
  });
});

describe('a stopped recorder', () => {
  it('writes nothing any more and leaves no timer', async () => {
    const { record, recorder, requests, time } = setUp(2);
    await record('one', 'two');
    recorder.stop();
    expect(time.pending()).toEqual([]);
    await record('three');
    await time.advance(10 * MINUTE_MS);
    expect(requests).toHaveLength(1);
  });

  it('ends the request that is under way', async () => {
    const { recorder, requests } = setUp();
    recorder.record(hubEvent('one'));
    recorder.stop();
    await settle();
    expect(requests[0]?.signal?.aborted).toBe(true);
  });
});
