import { describe, expect, it } from 'vitest';
import { plainSettings } from '../../connection/index.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { Candidate, RegistrationBook } from './registration-book.ts';
import { createRegistrationBook } from './registration-book.ts';
import type { RegistrationUpdate } from './types.ts';

const GRACE_MS = 60_000;

function good(origin: string, name = origin, digest = 'd1'): Candidate {
  const cluster = parseClusterId(name);
  if (!cluster.ok) throw new Error(cluster.error);
  const settings = plainSettings('https://a');
  return {
    origin,
    outcome: { ok: true, value: { name: cluster.value, source: `Secret s/${origin}`, settings, digest } },
  };
}

function bad(origin: string): Candidate {
  return { origin, outcome: { ok: false, error: { name: origin, message: `${origin} is broken` } } };
}

/** `name=digest` of each registration, then `!name` of each refusal. */
function show(update: Extract<RegistrationUpdate, { type: 'complete' }>): string {
  const registered = update.registrations.map(({ name, digest }) => `${name}=${digest}`);
  return [...registered, ...update.refused.map(({ name }) => `!${name}`)].join(' ');
}

function book(...candidates: readonly Candidate[]): RegistrationBook {
  const created = createRegistrationBook({ graceMs: GRACE_MS });
  created.apply(candidates, 0);
  return created;
}

describe('the registration book', () => {
  it('registers in the order of names, and takes rotated credentials', () => {
    expect(show(book().apply([good('b'), good('a')], 0))).toBe('a=d1 b=d1');
    expect(show(book(good('a')).apply([good('a', 'a', 'd2')], 1))).toBe('a=d2');
  });

  it('gives a name to the first that asks, whoever comes later', () => {
    const present = book(good('x', 'same'));
    const both = present.apply([good('a', 'same', 'd9'), good('x', 'same')], 1);
    expect(show(both)).toBe('same=d1 !same');
    expect(both.refused[0]).toEqual({
      ...{ name: 'same', holder: 'Secret s/x' },
      message: 'Secret s/a: cluster name "same" is taken by Secret s/x',
    });
    expect(show(book().apply([good('a', 'same', 'd9'), good('x', 'same')], 0))).toBe('same=d9 !same');
  });

  it('says of an unusable entry that its name is taken, too, and what it is', () => {
    const object = { apiVersion: 'v1', kind: 'Secret', namespace: 's', name: 'a' } as const;
    const broken: Candidate = { ...bad('same'), origin: 'a', object };
    const { registrations, refused } = book().apply([broken, { ...good('x', 'same'), object }], 0);
    const message = 'same is broken; cluster name "same" is taken by Secret s/x';
    expect(refused).toEqual([{ name: 'same', message, holder: 'Secret s/x', object }]);
    expect(registrations).toMatchObject([{ name: 'same', object }]);
    expect(book().apply([broken], 0).refused).toEqual([{ name: 'same', message: 'same is broken', object }]);
  });

  it('keeps what an entry registered while it is unusable, and its name', () => {
    const present = book(good('a'), good('b'));
    expect(show(present.apply([bad('a'), good('b'), good('c', 'a', 'd9')], 1))).toBe('a=d1 b=d1 !a !a');
    expect(show(present.expire(10 * GRACE_MS))).toContain('a=d1');
    expect(show(present.apply([bad('z')], 1))).toContain('!z');
  });

  it('ends a vanished entry only when its grace is over', () => {
    const present = book(good('a'), good('b'));
    expect(present.nextExpiryMs()).toBeUndefined();
    expect(show(present.apply([good('b')], 1_000))).toBe('a=d1 b=d1');
    expect(present.nextExpiryMs()).toBe(1_000 + GRACE_MS);
    expect(show(present.apply([good('b')], 2_000))).toBe('a=d1 b=d1');
    expect(show(present.expire(999 + GRACE_MS))).toBe('a=d1 b=d1');
    expect(show(present.expire(1_000 + GRACE_MS))).toBe('b=d1');
    expect(present.nextExpiryMs()).toBeUndefined();
  });

  it('forgets the grace when the entry is created anew', () => {
    const present = book(good('a'));
    present.apply([], 1_000);
    expect(show(present.apply([good('a', 'a', 'd2')], 2_000))).toBe('a=d2');
    expect(show(present.expire(10 * GRACE_MS))).toBe('a=d2');
  });

  it('also when it comes back unusable', () => {
    const present = book(good('a'));
    present.apply([], 1_000);
    expect(show(present.apply([bad('a')], 2_000))).toBe('a=d1 !a');
    expect(show(present.expire(10 * GRACE_MS))).toBe('a=d1 !a');
  });

  it('gives the name of a vanished entry to another one at once', () => {
    const present = book(good('old', 'same'));
    expect(show(present.apply([good('new', 'same', 'd2')], 1_000))).toBe('same=d2');
    expect(present.nextExpiryMs()).toBeUndefined();
  });
});
