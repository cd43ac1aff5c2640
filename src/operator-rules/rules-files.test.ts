import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRulesSources, readText } from './rules-files.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rules-files-'));
});

afterEach(() => rm(directory, { recursive: true }));

/** As the kubelet changes a volume of a ConfigMap: a new directory, one switch of the link to it, and the old one goes. */
async function switchVolume(state: string, before?: string): Promise<void> {
  await mkdir(join(directory, `..${state}`));
  await writeFile(join(directory, `..${state}`, 'rules.yaml'), `paramsFile: params.yaml # ${state}`);
  await writeFile(join(directory, `..${state}`, 'params.yaml'), `of: ${state}`);
  await symlink(`..${state}`, join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), join(directory, '..data'));
  if (before !== undefined) await rm(join(directory, `..${before}`), { recursive: true });
}

test('both files are of one state of the volume, also when it is switched between the two', async () => {
  await switchVolume('first');
  for (const name of ['rules.yaml', 'params.yaml']) await symlink(`..data/${name}`, join(directory, name));
  let readings = 0;
  const sources = await readRulesSources(join(directory, 'rules.yaml'), async (path) => {
    readings += 1;
    if (readings === 2) await switchVolume('second', 'first');
    return readText(path);
  });
  if (!sources.ok) throw new Error(sources.error);
  expect(sources.value.rules).toContain('# second');
  expect(sources.value.params?.text).toBe('of: second');
  expect(readings).toBe(4);
});

test('a volume that is switched all the time is read some times only', async () => {
  await switchVolume('0');
  for (const name of ['rules.yaml', 'params.yaml']) await symlink(`..data/${name}`, join(directory, name));
  let readings = 0;
  await readRulesSources(join(directory, 'rules.yaml'), async (path) => {
    readings += 1;
    await switchVolume(String(readings), String(readings - 1));
    return readText(path);
  });
  expect(readings).toBe(6);
});
