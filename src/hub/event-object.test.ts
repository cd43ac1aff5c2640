import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HubEvent } from './event-object.ts';
import { cutToBytes, eventKey, eventName, eventObject } from './event-object.ts';

const EVENT: HubEvent = {
  type: 'Warning',
  reason: 'ConflictBegan',
  action: 'Merge',
  note: 'ports differ',
  regarding: {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceImport',
    namespace: 'prod',
    name: 'api',
    uid: 'u1',
    resourceVersion: '512',
  },
};
const FIRST_MS = Date.UTC(2026, 10, 21, 12, 0, 1, 5);

function object(event: HubEvent, count = 1) {
  return eventObject({
    event,
    times: { firstMs: FIRST_MS, lastMs: FIRST_MS + 60_000, count },
    namespace: 'ours',
    name: 'api.1',
    reportingController: 'example.com/reporter',
    reportingInstance: 'r'.repeat(200),
  });
}

describe('an Event', () => {
  it('is an events.k8s.io/v1 object whose regarding is intact in another namespace', () => {
    expect(object(EVENT)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'api.1', namespace: 'ours' },
      eventTime: '2026-11-21T12:00:01.005000Z',
      type: 'Warning',
      reason: 'ConflictBegan',
      action: 'Merge',
      note: 'ports differ',
      reportingController: 'example.com/reporter',
      reportingInstance: 'r'.repeat(128),
      regarding: EVENT.regarding,
    });
  });

  it('carries a series from the second observation on', () => {
    expect(object(EVENT, 2)['series']).toEqual({ count: 2, lastObservedTime: '2026-11-21T12:01:01.005000Z' });
  });

  it('is cut to what the hub takes', () => {
    const long = object({ ...EVENT, note: 'ä'.repeat(2000), reason: 'R'.repeat(200), action: 'A'.repeat(200) });
    expect(long['reason']).toHaveLength(128);
    expect(long['action']).toHaveLength(128);
    expect(long['note']).toBe(`${'ä'.repeat(510)}…`);
  });
});

describe('a note', () => {
  it('holds no control characters', () => {
    expect(object({ ...EVENT, note: 'one\r\n\u001b[31mtwo' })['note']).toBe('one [31mtwo');
  });

  it('never has more bytes than allowed and is never cut within a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, bytesMax) => {
        const cut = cutToBytes(text, bytesMax);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytesMax);
        expect(cut).not.toContain('\ufffd');
        if (Buffer.byteLength(text) <= bytesMax) expect(cut).toBe(text);
        else expect(text.startsWith(cut.slice(0, -1)) && cut.endsWith('…')).toBe(true);
      }),
    );
  });
});

const ODD_NAME = fc.string({ unit: fc.constantFrom('a', '.', '-', 'B', '_'), maxLength: 400 });

describe('the name of an Event', () => {
  it('is that of its object and the time in hexadecimal nanoseconds', () => {
    expect(eventName('api', 1, 5)).toBe('api.f4245');
    expect(eventName('api', 1, 6)).toBe('api.f4246');
  });

  it('is a DNS subdomain whatever the object is called', () => {
    fc.assert(
      fc.property(
        fc.oneof(ODD_NAME, fc.string({ maxLength: 400 })),
        fc.integer({ min: 0, max: 2 ** 42 }),
        (name, epochMs) => {
          const made = eventName(name, epochMs, 7);
          expect(made.length).toBeLessThanOrEqual(253);
          expect(made).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/);
        },
      ),
    );
    expect(eventName(`${'a'.repeat(235)}.b.${'c'.repeat(100)}`, FIRST_MS, 0).length).toBeLessThanOrEqual(253);
  });
});

describe('two Events', () => {
  const other = (more: Partial<HubEvent>): string => eventKey({ ...EVENT, ...more });
  it('are repetitions of one another whatever the resourceVersion of their object is', () => {
    expect(other({ regarding: { ...EVENT.regarding, resourceVersion: '768' } })).toBe(eventKey(EVENT));
  });

  it.each<[string, Partial<HubEvent>]>([
    ['note', { note: 'ports agree' }],
    ['reason', { reason: 'ConflictEnded' }],
    ['type', { type: 'Normal' }],
    ['action', { action: 'Other' }],
    ['object', { regarding: { ...EVENT.regarding, name: 'web' } }],
    ['namespace', { regarding: { ...EVENT.regarding, namespace: 'test' } }],
    ['uid', { regarding: { ...EVENT.regarding, uid: 'u2' } }],
    ['related object', { related: { apiVersion: 'v1', kind: 'Service', name: 'x' } }],
  ])('are not when they differ in their %s', (_, more) => {
    expect(other(more)).not.toBe(eventKey(EVENT));
  });
});
