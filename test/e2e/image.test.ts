import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { PROGRAM, startClusterSet } from './support/clusterset.ts';

const NOBODY = 65532;
let set: TestClusterSet;
let tree: string;

beforeAll(async () => {
  set = await startClusterSet([]);
  // What the image holds: the one file and its package.json, in a tree that nobody may write.
  tree = await mkdtemp(join(tmpdir(), 'clusterset-image-'));
  const app = join(tree, 'app');
  await mkdir(app);
  await copyFile(PROGRAM, join(app, 'clusterset-apiserver.js'));
  await writeFile(join(app, 'package.json'), '{"type":"module"}');
  await writeFile(join(app, 'hub.kubeconfig'), await readFile(set.serverKubeconfig));
  await chmod(join(app, 'clusterset-apiserver.js'), 0o555);
  await chmod(join(app, 'hub.kubeconfig'), 0o444);
  await chmod(app, 0o555);
  await chmod(tree, 0o555);
});

afterAll(async () => {
  await chmod(tree, 0o755);
  await chmod(join(tree, 'app'), 0o755);
  await rm(tree, { recursive: true });
  await set.stop();
});

it('serves as a user without rights on a tree that it cannot write, and ends on SIGTERM with 0', async () => {
  const app = join(tree, 'app');
  const isRoot = process.getuid?.() === 0;
  const child = spawn(
    process.execPath,
    [
      join(app, 'clusterset-apiserver.js'),
      ...['serve', '--kubeconfig', join(app, 'hub.kubeconfig'), '--bind-address', '127.0.0.1'],
      ...['--secure-port', String(set.port)],
    ],
    {
      cwd: app,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    await eventually('an answer through the hub', async () => {
      if (child.exitCode !== null) throw new Error(`exited: ${log}`);
      await set.hub('get', 'serviceimports.v1beta1.multicluster.x-k8s.io', '-A');
    });
    expect(log).not.toMatch(/EACCES|EROFS|EPERM/);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await exited).toBe(0);
});
