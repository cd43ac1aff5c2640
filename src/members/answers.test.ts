import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseListPage, parseWatchLine } from './answers.ts';
import type { Cut } from './cut.ts';
import { createLineSplitter } from './line-splitter.ts';

const KEY = { namespace: 'shop', name: 'web' };
const META = { ...KEY, uid: 'u', resourceVersion: '7' };
const KEPT: Cut = { type: 'kept', object: { apiVersion: 'v1', kind: 'Service', metadata: META } };

function line(event: unknown, cut: Cut = KEPT) {
  return parseWatchLine(typeof event === 'string' ? event : JSON.stringify(event), () => cut);
}

describe('a page of a list', () => {
  const page = (value: unknown) => parseListPage(Buffer.from(JSON.stringify(value)));
  const list = { kind: 'ServiceList', metadata: { resourceVersion: '7' }, items: [{}] };

  it('has items, a revision and perhaps a token', () => {
    expect(page(list)).toEqual({ ok: true, value: { items: [{}], revision: '7', continueToken: undefined } });
    expect(page({ ...list, metadata: { resourceVersion: '7', continue: 't' } })).toMatchObject({
      value: { continueToken: 't' },
    });
    expect(page({ ...list, metadata: { resourceVersion: '7', continue: '' } })).toMatchObject({
      value: { continueToken: undefined },
    });
  });

  it.each([null, undefined])('may have %s for no items', (items) => {
    expect(page({ ...list, items })).toMatchObject({ ok: true, value: { items: [] } });
  });

  it('keeps integers above 2^53', () => {
    const body = '{"kind":"ServiceList","metadata":{"resourceVersion":"7"},"items":[9007199254740993]}';
    expect(parseListPage(Buffer.from(body))).toMatchObject({ value: { items: [9007199254740993n] } });
  });

  it.each<[string, unknown]>([
    ['text', 'x'],
    ['a Status', { kind: 'Status', metadata: {} }],
    ['no resourceVersion', { ...list, metadata: {} }],
    ['resourceVersion 0', { ...list, metadata: { resourceVersion: '0' } }],
    ['items that are no list', { ...list, items: {} }],
    ['no metadata', { kind: 'ServiceList', items: [] }],
  ])('is refused with %s', (_, value) => {
    expect(page(value).ok).toBe(false);
  });

  it('is refused when it is no JSON or no UTF-8', () => {
    expect(parseListPage(Buffer.from('<html>')).ok).toBe(false);
    expect(parseListPage(Buffer.from([0x22, 0xff, 0x22])).ok).toBe(false);
  });
});

describe('a line of a watch', () => {
  it.each(['ADDED', 'MODIFIED'])('%s applies the object', (type) => {
    expect(line({ type, object: { metadata: META } })).toMatchObject({ type: 'applied', revision: '7' });
  });

  it('DELETED removes it at the revision of the deletion', () => {
    expect(line({ type: 'DELETED', object: { metadata: META } })).toEqual({ type: 'removed', key: KEY, revision: '7' });
  });

  it.each<Cut>([
    { type: 'own', key: KEY },
    { type: 'unwanted', key: KEY },
    { type: 'invalid', key: KEY, problem: 'x' },
  ])('removes an object that is not taken any more: $type', (cut) => {
    expect(line({ type: 'MODIFIED', object: { metadata: META } }, cut)).toEqual({
      type: 'removed',
      key: KEY,
      revision: '7',
    });
  });

  it('skips an object without a usable name, but goes on from its revision', () => {
    const cut: Cut = { type: 'invalid', key: undefined, problem: 'x' };
    expect(line({ type: 'ADDED', object: { metadata: META } }, cut)).toEqual({ type: 'skipped', revision: '7' });
  });

  it('knows bookmarks, and the one that ends a streaming list', () => {
    const metadata = { resourceVersion: '9' };
    expect(line({ type: 'BOOKMARK', object: { metadata } })).toEqual({
      type: 'bookmark',
      revision: '9',
      initialEnd: false,
    });
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    expect(line({ type: 'BOOKMARK', object: { metadata: { ...metadata, annotations } } })).toMatchObject({
      initialEnd: true,
    });
  });

  it('reads the Status of an ERROR', () => {
    const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
    expect(line({ type: 'ERROR', object })).toMatchObject({ type: 'error', failure: { code: 410, reason: 'Expired' } });
  });

  it.each<[string, unknown]>([
    ['text', 'not JSON'],
    ['no object', { type: 'ADDED' }],
    ['no metadata', { type: 'ADDED', object: {} }],
    ['no resourceVersion', { type: 'ADDED', object: { metadata: { name: 'web' } } }],
    ['an opaque resourceVersion', { type: 'ADDED', object: { metadata: { resourceVersion: 'abc' } } }],
    ['an unknown type', { type: 'PATCHED', object: { metadata: META } }],
    ['no type', { object: { metadata: META } }],
  ])('with %s is garbage, never skipped', (_, event) => {
    expect(line(event).type).toBe('garbage');
  });

  it('is understood or garbage, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(line(text).type).toBe('garbage');
      }),
    );
  });
});

describe('the line splitter', () => {
  it('gives the same lines wherever the chunks are cut', () => {
    const lines = fc.array(
      fc
        .string({ unit: 'grapheme' })
        .map((text) => text.replaceAll('\n', ''))
        .filter((text) => text !== ''),
    );
    fc.assert(
      fc.property(lines, fc.array(fc.nat(200)), (wanted, cuts) => {
        const bytes = Buffer.from(wanted.map((text) => `${text}\n`).join(''));
        const points = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const splitter = createLineSplitter();
        const seen = points.slice(1).flatMap((end, index) => {
          const result = splitter.push(bytes.subarray(points[index], end));
          return result.ok ? result.value : [result.error];
        });
        expect(seen).toEqual(wanted);
        expect(splitter.hasRest()).toBe(false);
      }),
    );
  });

  it('takes a line of just the limit, and refuses one more byte, complete or not', () => {
    expect(createLineSplitter(4).push(Buffer.from('abcd\n'))).toEqual({ ok: true, value: ['abcd'] });
    expect(createLineSplitter(4).push(Buffer.from('abcde\n')).ok).toBe(false);
    expect(createLineSplitter(4).push(Buffer.from('abcd')).ok).toBe(true);
    expect(createLineSplitter(4).push(Buffer.from('abcde')).ok).toBe(false);
  });

  it('refuses bytes that are no UTF-8, and passes by empty lines', () => {
    expect(createLineSplitter().push(Buffer.from([0xc3, 0x28, 0x0a])).ok).toBe(false);
    expect(createLineSplitter().push(Buffer.from('\n\na\n'))).toEqual({ ok: true, value: ['a'] });
  });

  it('knows that it stands in the middle of a line', () => {
    const splitter = createLineSplitter();
    splitter.push(Buffer.from('a\nb'));
    expect(splitter.hasRest()).toBe(true);
  });
});
