import { describe, expect, it } from 'vitest';

import type { KubeObject } from '../kube/object.ts';
import type { Failure, HttpFailure } from './failure.ts';
import { stepReflector } from './machine.ts';
import type {
  ReflectorEffect,
  ReflectorInput,
  ReflectorOptions,
  ReflectorState,
  WatchLine,
} from './reflector-state.ts';
import { initialReflector } from './reflector-state.ts';

const CORE: ReflectorOptions = { versions: ['v1'], discovered: false };
const CRD: ReflectorOptions = { versions: ['v1beta1', 'v1alpha1'], discovered: true };

const GONE = http(410, 'Expired');
const CUT: Failure = { type: 'connection', failure: 'Broken', message: 'reset' };

function http(code: number, reason?: string, more: Partial<HttpFailure> = {}): HttpFailure {
  return {
    type: 'http',
    code,
    reason,
    message: `status ${code}`,
    retryAfterSeconds: undefined,
    revisionTooLarge: false,
    ...more,
  };
}

function object(name: string, revision: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', uid: name, resourceVersion: revision },
  };
}

function applied(name: string, revision: string): WatchLine {
  return { type: 'applied', object: object(name, revision), revision };
}

const END: WatchLine = { type: 'bookmark', revision: '10', initialEnd: true };

/** Drives the machine and remembers what it asked for. */
function driver(options: ReflectorOptions, restored = false) {
  let state: ReflectorState = initialReflector(options, restored);
  let effects: readonly ReflectorEffect[] = [];
  let nowMs = 0;
  let random = 0;
  const self = {
    send(input: ReflectorInput) {
      const step = stepReflector(state, input, { nowMs, random });
      state = step.state;
      effects = step.effects;
      return self;
    },
    start: (relist = false) => self.send({ type: 'start', relist }),
    discovered: (version: string | undefined, holdsNothing = false) =>
      self.send({ type: 'discovered', call: self.call(), version, holdsNothing }),
    page: (objects: readonly KubeObject[], revision: string, continueToken?: string) =>
      self.send({ type: 'page', call: self.call(), objects, revision, continueToken }),
    opened: () => self.send({ type: 'opened', call: self.call() }),
    line: (line: WatchLine) => self.send({ type: 'line', call: self.call(), line }),
    ended: (clean: boolean) => self.send({ type: 'ended', call: self.call(), clean }),
    failed: (failure: Failure) => self.send({ type: 'failed', call: self.call(), failure }),
    timer: () => self.send({ type: 'timer', call: self.call() }),
    at: (ms: number) => {
      nowMs = ms;
      return self;
    },
    chance: (value: number) => {
      random = value;
      return self;
    },
    call: () => state.memory.call,
    phase: () => state.phase.type,
    revision: () => state.memory.revision,
    types: () => effects.map((effect) => effect.type),
    effect: <T extends ReflectorEffect['type']>(type: T): Extract<ReflectorEffect, { type: T }> => {
      const found = effects.find((effect): effect is Extract<ReflectorEffect, { type: T }> => effect.type === type);
      if (found === undefined) throw new Error(`no ${type} among ${effects.map((effect) => effect.type).join()}`);
      return found;
    },
  };
  return self;
}

/** A reflector of a core resource that is in sync at revision 10. */
function watching(options = CORE) {
  const machine = driver(options).start();
  if (options.discovered) machine.discovered('v1beta1');
  return machine.opened().line(applied('web', '7')).line(END);
}

/** The same, on a member that refuses streaming lists. */
function listing() {
  return driver(CORE).start().failed(http(422, 'Invalid'));
}

describe('a streaming list', () => {
  it('is asked for first, without a resourceVersion, so that it is consistent', () => {
    const watch = driver(CORE).start().effect('watch');
    expect(watch).toMatchObject({ initialEvents: true, revision: undefined, version: 'v1' });
  });

  it('publishes nothing before the marked bookmark, and everything with it', () => {
    const machine = driver(CORE).start().opened();
    expect(machine.line(applied('web', '7')).types()).toEqual(['stage']);
    expect(machine.line({ type: 'removed', key: { namespace: 'shop', name: 'web' }, revision: '8' }).types()).toEqual([
      'unstage',
    ]);
    expect(machine.line(END).types()).toEqual(['publish', 'health']);
    expect(machine.phase()).toBe('watching');
    expect(machine.revision()).toBe('10');
  });

  it.each([400, 405, 406, 415, 422])('falls back to paged lists for good after %i', (code) => {
    const machine = driver(CORE).start().failed(http(code, 'Invalid'));
    expect(machine.effect('list')).toMatchObject({ limit: 500, continueToken: undefined, notOlderThan: undefined });
    machine.page([], '10').opened().line({ type: 'garbage', message: '' }).timer();
    expect(machine.effect('list').notOlderThan).toBe('10');
  });

  it.each([401, 403, 408, 429, 500, 503])('is tried again after %i', (code) => {
    const machine = driver(CORE).start().failed(http(code));
    expect(machine.phase()).toBe('backingOff');
    expect(machine.timer().effect('watch').initialEvents).toBe(true);
  });

  it('falls back when the first bookmark is not marked: the server does not know what was asked', () => {
    const machine = driver(CORE).start().opened().line({ type: 'bookmark', revision: '9', initialEnd: false });
    expect(machine.types()).toEqual(['cancel', 'discardStaged', 'list']);
  });

  it('falls back when the stream ends cleanly without a marked bookmark', () => {
    expect(driver(CORE).start().opened().ended(true).timer().types()).toEqual(['list']);
  });

  it('is tried again when the stream breaks, and what it brought is discarded', () => {
    const machine = driver(CORE).start().opened().line(applied('web', '7')).ended(false);
    expect(machine.types()).toContain('discardStaged');
    expect(machine.timer().effect('watch').initialEvents).toBe(true);
  });

  it('falls back when nothing comes for 150 s', () => {
    const machine = driver(CORE).start().opened().at(149_999).timer();
    expect(machine.effect('startTimer').delayMs).toBe(1);
    expect(machine.at(150_000).timer().types()).toEqual(['cancel', 'discardStaged', 'list']);
  });

  it('asks for whatever is most recent when the member no longer reaches our revision', () => {
    const machine = watching().line({ type: 'garbage', message: '' }).timer();
    expect(machine.effect('watch').revision).toBe('10');
    machine.failed(http(504, 'Timeout', { revisionTooLarge: true })).timer();
    expect(machine.effect('watch')).toMatchObject({ initialEvents: true, revision: undefined });
  });
});

describe('a paged list', () => {
  it('publishes only when the last page is in, at the revision of the first page', () => {
    const machine = listing();
    expect(machine.page([object('a', '1')], '20', 'token').types()).toEqual(['stage', 'list']);
    expect(machine.effect('list')).toMatchObject({ continueToken: 'token', notOlderThan: undefined });
    expect(machine.page([object('b', '2')], '21').types()).toEqual([
      'stage',
      'publish',
      'health',
      'watch',
      'startTimer',
    ]);
    expect(machine.effect('watch')).toMatchObject({ initialEvents: false, revision: '20' });
  });

  it.each([GONE, CUT, http(500), http(403), { type: 'malformed', message: 'html' } as const])(
    'begins anew, and publishes nothing, when a page fails: $message',
    (failure) => {
      const machine = listing()
        .page([object('a', '1')], '20', 'token')
        .failed(failure);
      expect(machine.types()).toContain('discardStaged');
      expect(machine.types()).not.toContain('publish');
      expect(machine.timer().effect('list').continueToken).toBeUndefined();
    },
  );

  it('relists not older than the last revision, and without a revision when even that is expired', () => {
    const machine = listing().page([], '20').opened().failed(GONE);
    expect(machine.effect('list').notOlderThan).toBe('20');
    expect(machine.failed(GONE).timer().effect('list').notOlderThan).toBeUndefined();
  });

  it('asks for smaller pages when one is too large in bytes, down to a single object', () => {
    const tooLarge: Failure = { type: 'connection', failure: 'BodyTooLarge', message: 'too large' };
    const machine = listing().page([], '20', 'token').failed(tooLarge);
    expect(machine.effect('list')).toMatchObject({ limit: 62, continueToken: 'token' });
    expect(machine.failed(tooLarge).effect('list').limit).toBe(7);
    expect(machine.failed(tooLarge).effect('list').limit).toBe(1);
    machine.failed(tooLarge);
    expect(machine.phase()).toBe('backingOff');
    expect(machine.effect('health').failure).toEqual(tooLarge);
  });
});

describe('a watch', () => {
  it('moves the resume point with events, deletions, skipped objects and bookmarks, never back', () => {
    const machine = watching();
    expect(machine.line(applied('web', '11')).types()).toEqual(['apply']);
    expect(machine.revision()).toBe('11');
    expect(machine.line({ type: 'removed', key: { namespace: 'shop', name: 'web' }, revision: '12' }).types()).toEqual([
      'remove',
    ]);
    expect(machine.line({ type: 'skipped', revision: '13' }).types()).toEqual([]);
    expect(machine.line({ type: 'bookmark', revision: '100', initialEnd: false }).revision()).toBe('100');
    expect(machine.line({ type: 'bookmark', revision: '99', initialEnd: false }).revision()).toBe('100');
  });

  it('resumes after a dropped connection without a relist, and tells no problem', () => {
    const machine = watching().ended(false);
    expect(machine.types()).toEqual(['cancel', 'discardStaged', 'startTimer']);
    expect(machine.timer().effect('watch')).toMatchObject({ initialEvents: false, revision: '10' });
  });

  it('goes on at once after a clean end', () => {
    expect(watching().ended(true).effect('watch')).toMatchObject({ initialEvents: false, revision: '10' });
  });

  it.each([
    [999, 'backingOff'],
    [1_000, 'watching'],
  ])('that ends cleanly after %i ms without an event leads to %s', (livedMs, phase) => {
    const machine = watching().ended(false).timer().at(0).opened().at(livedMs).ended(true);
    expect(machine.phase()).toBe(phase);
  });

  it.each([
    ['HTTP', (machine: ReturnType<typeof watching>) => machine.ended(true).failed(GONE)],
    ['an event', (machine: ReturnType<typeof watching>) => machine.line({ type: 'error', failure: GONE })],
  ])('that is expired by %s leads to a relist not older than the last revision', (_, expire) => {
    const machine = expire(watching());
    expect(machine.effect('watch')).toMatchObject({ initialEvents: true, revision: '10' });
  });

  it('that is expired after an outage is relisted at once, and again only later unless a watch went well', () => {
    const machine = watching().ended(true).failed(http(503)).timer().failed(http(503)).timer().opened();
    machine.line({ type: 'error', failure: GONE });
    expect(machine.effect('watch').initialEvents).toBe(true);
    machine.opened().line(END).ended(false).timer().opened().line({ type: 'error', failure: GONE });
    expect(machine.phase()).toBe('backingOff');
    machine.timer().opened().line(END).line(applied('web', '11')).line({ type: 'error', failure: GONE });
    expect(machine.effect('watch').initialEvents).toBe(true);
  });

  it.each<WatchLine>([
    { type: 'garbage', message: 'not JSON' },
    { type: 'error', failure: http(0) },
  ])('with a line that cannot be understood is left and everything is read again: $type', (line) => {
    const machine = watching().line(line);
    expect(machine.types()).toContain('cancel');
    expect(machine.timer().effect('watch')).toMatchObject({ initialEvents: true, revision: '10' });
  });

  it('is abandoned and relisted when silent for 150 s', () => {
    const machine = watching().at(100_000).line(applied('web', '11')).at(150_000).timer();
    expect(machine.effect('startTimer').delayMs).toBe(100_000);
    machine.at(249_999).timer();
    expect(machine.effect('startTimer').delayMs).toBe(1);
    machine.at(250_000).timer();
    expect(machine.effect('health').failure?.type).toBe('stalled');
    expect(machine.timer().effect('watch').initialEvents).toBe(true);
  });

  it.each([401, 403, 429, 500, 503])(
    'that is refused with %i is tried again and tells why; nothing is lost',
    (code) => {
      const machine = watching().ended(true).failed(http(code));
      expect(machine.types()).toEqual(['cancel', 'discardStaged', 'health', 'startTimer']);
      expect(machine.timer().effect('watch')).toMatchObject({ initialEvents: false, revision: '10' });
      expect(machine.opened().effect('health').failure).toBeUndefined();
    },
  );

  it('reads everything anew when the member itself fails five times to resume', () => {
    const machine = watching().ended(true);
    for (let attempt = 1; attempt <= 4; attempt += 1) machine.failed(http(500)).timer();
    expect(machine.effect('watch').initialEvents).toBe(false);
    expect(machine.failed(http(500)).timer().effect('watch').initialEvents).toBe(true);
  });

  it('reads everything anew when the resume point itself is refused', () => {
    const machine = watching().ended(true).failed(http(400, 'BadRequest')).timer();
    expect(machine.effect('watch')).toMatchObject({ initialEvents: true, revision: undefined });
  });

  it('asks for a timeout between 300 and 600 s', () => {
    expect(driver(CORE).chance(0).start().effect('watch').timeoutSeconds).toBe(300);
    expect(driver(CORE).chance(0.999_999).start().effect('watch').timeoutSeconds).toBe(600);
  });
});

describe('backing off', () => {
  it.each([
    [0, [800, 800, 800, 800, 800, 800, 800]],
    [0.5, [1_200, 2_000, 3_600, 6_800, 13_200, 15_400, 15_400]],
    [0.999_999, [1_599, 3_199, 6_399, 12_799, 25_599, 29_999, 29_999]],
  ])('with chance %d waits between 0.8 s and 30 s, longer each time', (chance, delays) => {
    const machine = driver(CORE).chance(chance).start();
    const seen = delays.map(() => {
      const { delayMs } = machine.failed(CUT).effect('startTimer');
      machine.timer();
      return delayMs;
    });
    expect(seen).toEqual(delays);
  });

  it('begins small again after an event', () => {
    const machine = driver(CORE).chance(0.5).start().failed(CUT).timer().failed(CUT).timer();
    machine.opened().line(END);
    expect(machine.ended(false).effect('startTimer').delayMs).toBe(1_200);
  });

  it('never comes back before Retry-After', () => {
    const machine = driver(CORE)
      .start()
      .failed(http(429, 'TooManyRequests', { retryAfterSeconds: 7 }));
    expect(machine.effect('startTimer').delayMs).toBe(7_000);
  });

  it('is told when the member asks for a second more than once', () => {
    const busy = http(429, 'TooManyRequests', { retryAfterSeconds: 1 });
    const machine = driver(CRD).start().discovered('v1beta1').failed(busy);
    expect(machine.types()).not.toContain('health');
    expect(machine.timer().failed(busy).effect('health').failure).toEqual(busy);
    expect(driver(CRD).start().discovered('v1beta1').failed(http(429)).types()).toContain('health');
  });

  it('takes the member at its word after many failures as well', () => {
    const busy = http(429, 'TooManyRequests', { retryAfterSeconds: 1 });
    const machine = driver(CORE).chance(0.999_999).start();
    for (let failures = 1; failures <= 8; failures += 1) machine.failed(busy).timer();
    expect(machine.failed(busy).effect('startTimer').delayMs).toBe(5_999);
  });

  it('goes on for its time when it was the member itself that refused', () => {
    const machine = watching().ended(true).failed(http(429)).send({ type: 'kick' });
    expect(machine.types()).toEqual([]);
    expect(machine.phase()).toBe('backingOff');
  });

  it.each([502, 503, 504])('ends at once after a %i, when the member answers again elsewhere', (code) => {
    const refused = watching()
      .ended(true)
      .failed(http(code, undefined, { retryAfterSeconds: 1 }));
    expect(refused.send({ type: 'kick' }).types()).toEqual([]);
    const machine = watching().ended(true).failed(http(code)).send({ type: 'kick' });
    expect(machine.types()).toEqual(['cancel', 'watch', 'startTimer']);
  });

  it('ends at once when the member is known to answer again', () => {
    const machine = watching().ended(false).send({ type: 'kick' });
    expect(machine.types()).toEqual(['cancel', 'watch', 'startTimer']);
    expect(machine.send({ type: 'kick' }).types()).toEqual([]);
  });
});

describe('a resource of a CRD', () => {
  it('is looked up first and read in the version that was found', () => {
    const machine = driver(CRD).start();
    expect(machine.types()).toEqual(['discover']);
    expect(machine.discovered('v1alpha1').effect('watch').version).toBe('v1alpha1');
  });

  it('that was never there counts as synced and empty at once, and is looked for every 30 s', () => {
    const machine = driver(CRD).start().discovered(undefined);
    expect(machine.types()).toEqual(['discardStaged', 'publish', 'health', 'startTimer']);
    expect(machine.effect('startTimer').delayMs).toBe(10_000);
    expect(machine.timer().types()).toEqual(['discover']);
    expect(machine.discovered(undefined).types()).toEqual(['health', 'startTimer']);
    expect(machine.timer().discovered('v1beta1').effect('watch').initialEvents).toBe(true);
  });

  it('is healthy again once a discovery answers after one that failed', () => {
    const machine = driver(CRD).start().discovered(undefined).timer().failed(CUT);
    expect(machine.effect('health').failure).toEqual(CUT);
    expect(machine.timer().types()).toEqual(['discover']);
    expect(machine.discovered(undefined).effect('health').failure).toBeUndefined();
  });

  it('that vanished loses its rows only after a second look 10 s later', () => {
    const machine = watching(CRD).ended(true).discovered('v1beta1').failed(http(404, 'NotFound'));
    expect(machine.phase()).toBe('backingOff');
    expect(machine.types()).not.toContain('health');
    expect(machine.timer().types()).toEqual(['discover']);
    expect(machine.discovered(undefined).types()).toEqual(['startTimer']);
    expect(machine.effect('startTimer').delayMs).toBe(10_000);
    expect(machine.timer().discovered(undefined).types()).toContain('publish');
  });

  it('that is back at the second look has lost nothing', () => {
    const machine = watching(CRD).ended(true).discovered(undefined).timer().discovered('v1beta1');
    expect(machine.effect('watch')).toMatchObject({ initialEvents: false, revision: '10' });
  });

  it('needs two looks again after one that found it', () => {
    const machine = watching(CRD).ended(true).discovered(undefined).timer().discovered('v1beta1').opened();
    expect(machine.at(5_000).ended(true).discovered(undefined).types()).toEqual(['startTimer']);
  });

  it.each([http(404), http(403), http(500), CUT])('keeps its rows when discovery itself fails: $message', (failure) => {
    const machine = watching(CRD).ended(true).failed(failure);
    expect(machine.types()).toEqual(['cancel', 'discardStaged', 'health', 'startTimer']);
    expect(machine.timer().types()).toEqual(['discover']);
  });

  it('is a complete state at the first look when nothing of it was restored', () => {
    const machine = driver(CRD, true).start().discovered(undefined, true);
    expect(machine.types()).toContain('publish');
    expect(machine.phase()).toBe('absent');
  });

  it('keeps restored rows until the second look as well', () => {
    const machine = driver(CRD, true).start();
    expect(machine.discovered(undefined).types()).toEqual(['startTimer']);
    expect(machine.timer().discovered(undefined).types()).toContain('publish');
  });

  it('is read again in full, and compared by content, when a better version appears', () => {
    const machine = driver(CRD).start().discovered('v1alpha1').opened().line(END).ended(true);
    expect(machine.types()).toEqual(['discover']);
    expect(machine.discovered('v1beta1').effect('watch')).toMatchObject({ initialEvents: true, version: 'v1beta1' });
    expect(machine.opened().line(END).effect('publish').compareContent).toBe(true);
  });

  it('resumes when the version is still the same', () => {
    const machine = watching(CRD).ended(true).discovered('v1beta1');
    expect(machine.effect('watch')).toMatchObject({ initialEvents: false, revision: '10' });
  });
});

describe('any reflector', () => {
  it('compares the first list after a restored snapshot by content', () => {
    const machine = driver(CORE, true).start();
    expect(machine.effect('watch').revision).toBeUndefined();
    expect(machine.opened().line(END).effect('publish').compareContent).toBe(true);
    expect(machine.line({ type: 'garbage', message: '' }).timer().opened().line(END).effect('publish')).toMatchObject({
      compareContent: false,
    });
  });

  it('ends its calls when stopped, and resumes from where it was', () => {
    const machine = watching().send({ type: 'stop' });
    expect(machine.types()).toEqual(['cancel', 'discardStaged']);
    expect(machine.send({ type: 'stop' }).types()).toEqual([]);
    expect(machine.start().effect('watch')).toMatchObject({ initialEvents: false, revision: '10' });
  });

  it('reads everything anew when started so', () => {
    expect(watching().send({ type: 'stop' }).start(true).effect('watch').initialEvents).toBe(true);
  });

  it('ignores answers to calls that are over', () => {
    const machine = watching();
    const call = machine.call() - 1;
    const late: ReflectorInput[] = [
      { type: 'page', call, objects: [object('x', '1')], revision: '1', continueToken: undefined },
      { type: 'line', call, line: applied('x', '99') },
      { type: 'ended', call, clean: true },
      { type: 'failed', call, failure: GONE },
      { type: 'timer', call },
      { type: 'opened', call },
      { type: 'discovered', call, version: undefined, holdsNothing: false },
    ];
    for (const input of late) expect(machine.send(input).types()).toEqual([]);
    expect(machine.phase()).toBe('watching');
    expect(machine.revision()).toBe('10');
  });

  it('ignores a second start', () => {
    expect(watching().start().types()).toEqual([]);
  });
});
