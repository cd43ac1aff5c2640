import { expect, it } from 'vitest';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { createAuthorityFiles } from './authority-files.ts';

function rig() {
  const files = new Map<string, string>();
  const used = new Set(['/ca', '/other']);
  const reads: string[] = [];
  let due: (() => void) | undefined;
  let changes = 0;
  const authorities = createAuthorityFiles({
    pathsInUse: () => used,
    onChange: () => (changes += 1),
    readFile: (path): Promise<Outcome<string, string>> => {
      reads.push(path);
      const text = files.get(path);
      return Promise.resolve(text === undefined ? failed('cannot be read (ENOENT)') : succeeded(text));
    },
    schedule: (run, delayMs) => {
      expect(delayMs).toBe(10_000);
      due = run;
      return () => (due = undefined);
    },
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    ...{ files, used, reads, settled, ...authorities },
    changes: () => changes,
    isDue: () => due !== undefined,
    pass: async () => {
      const run = due;
      due = undefined;
      run?.();
      await settled();
    },
  };
}

it('tells of another text, and keeps the last one while the file cannot be used', async () => {
  const { files, textOf, changes, pass, settled } = rig();
  files.set('/ca', 'first');
  expect(textOf('/ca')).toBeUndefined();
  await settled();
  expect([textOf('/ca'), changes()]).toEqual(['first', 1]);
  await pass();
  expect(changes()).toBe(1);
  files.set('/ca', 'second');
  await pass();
  expect([textOf('/ca'), changes()]).toEqual(['second', 2]);
  files.delete('/ca');
  await pass();
  expect([textOf('/ca'), changes()]).toEqual(['second', 2]);
});

it('takes in a file that could not be read at first', async () => {
  const { files, textOf, changes, pass, settled } = rig();
  expect(textOf('/ca')).toBeUndefined();
  await settled();
  await pass();
  expect([textOf('/ca'), changes()]).toEqual([undefined, 0]);
  files.set('/ca', 'late');
  await pass();
  expect([textOf('/ca'), changes()]).toEqual(['late', 1]);
});

it('follows no file that nobody uses any more, and none once it is stopped', async () => {
  const { files, used, reads, textOf, pass, settled, isDue, stop } = rig();
  files.set('/ca', 'a').set('/other', 'b');
  textOf('/ca');
  textOf('/other');
  await settled();
  used.delete('/ca');
  await pass();
  expect(reads).toEqual(['/ca', '/other', '/other']);
  used.clear();
  await pass();
  expect(isDue()).toBe(false);
  used.add('/ca');
  textOf('/ca');
  expect(isDue()).toBe(true);
  stop();
  expect(isDue()).toBe(false);
});
