import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replay } from './transcript.ts';

const folder = new URL('transcripts/', import.meta.url);

/** UPDATE_TRANSCRIPTS=1 writes the answers of today into the files, to be read as a diff. */
const isUpdating = process.env['UPDATE_TRANSCRIPTS'] === '1';

describe('transcripts', () => {
  it.each(readdirSync(folder))('%s is answered as written', (name) => {
    const file = new URL(name, folder);
    const transcript = readFileSync(file, 'utf8');
    const replayed = replay(transcript);
    if (isUpdating) writeFileSync(file, replayed);
    expect(replayed).toBe(isUpdating ? replayed : transcript);
  });
});
