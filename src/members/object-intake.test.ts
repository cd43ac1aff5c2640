import { describe, expect, it } from 'vitest';

import { openWriteWorld } from '../../test/support/write-world.ts';

const SHOWN = 'east.api';

/** A row is shown, and the member gives `answer` back for a write of it. */
async function shownThenWrote(more: object) {
  const { east, member, row, time, watch } = openWriteWorld();
  const object = east.put('api');
  watch();
  await time.advance(20);
  expect(row(SHOWN)).toBeDefined();
  member.wrote('serviceexports', { ...object, metadata: { ...object.metadata, resourceVersion: '200', ...more } });
  await time.advance(20);
  return row(SHOWN);
}

describe('what a write gave back', () => {
  it('is shown at once', async () => {
    const row = await shownThenWrote({ labels: { a: 'b' } });
    expect(row?.metadata.labels?.['a']).toBe('b');
  });

  it('takes the row away when it may not be shown any more', async () => {
    expect(await shownThenWrote({ labels: { 'clusterset-apiserver.dev/cluster': 'other' } })).toBeUndefined();
    expect(await shownThenWrote({ labels: { a: 7 } })).toBeUndefined();
  });

  it('changes nothing without a version or a place', async () => {
    expect(await shownThenWrote({ resourceVersion: 'odd' })).toBeDefined();
    expect(await shownThenWrote({ name: 'Not a name' })).toBeDefined();
  });
});
