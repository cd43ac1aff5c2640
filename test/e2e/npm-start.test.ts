import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Binaries, Child, Kubectl } from '../support/control-plane/index.ts';
import { provideBinaries } from '../support/control-plane/binaries.ts';
import { createKubectl, freePorts, startChild } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const START = join(ROOT, 'test/config/start.mjs');

let directory: string;
let binaries: Binaries;
let port: number;
let server: Child;
let kubectl: Kubectl;

/** What `npm start` runs, with settings that keep test runs out of each other's way. */
function start(name: string, ...more: readonly string[]): Child {
  const settings = ['--durable-directory', join(directory, name), '--secure-port', String(port)];
  return startChild({
    name,
    command: process.execPath,
    args: [START, '--embedded', ...settings, ...more],
    logFile: join(directory, `${name}.log`),
  });
}

function kubectlOf(name: string): Kubectl {
  const kubeconfig = join(directory, name, 'kubeconfig');
  return createKubectl({ binary: binaries.path('kubectl'), kubeconfig, cacheDirectory: join(directory, name) });
}

async function untilExplained(child: Child): Promise<string> {
  return eventually('the explanation', () => {
    const text = child.output();
    expect(text).toContain('Ctrl-C ends it.');
    return text;
  });
}

/** The commands that the explanation offers, without `kubectl`. */
function offeredCommands(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}kubectl ([^#\n]+?) *(?:#.*)?$/gm)].map((match) => match[1] ?? '');
}

beforeAll(async () => {
  binaries = await provideBinaries(() => undefined);
  directory = await mkdtemp(join(tmpdir(), 'clusterset-npm-start-'));
  const [free] = await freePorts(1);
  if (free === undefined) throw new Error('no free port');
  port = free;
  server = start('example');
  await untilExplained(server);
  kubectl = kubectlOf('example');
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('npm start', () => {
  it('says where the API is, how to reach it, and its commands, and logs nothing', async () => {
    const text = await untilExplained(server);
    expect(text).toContain(`https://127.0.0.1:${port}`);
    expect(text).toContain(`export KUBECONFIG=${join(directory, 'example', 'kubeconfig')}`);
    expect(text).not.toContain('{"level"');
    expect(offeredCommands(text).filter((command) => !command.startsWith('--context'))).toHaveLength(6);
  });

  it('offers commands that work as they are', async () => {
    const commands = offeredCommands(await untilExplained(server)).filter(
      (command) => !command.includes('--watch') && !command.startsWith('--context'),
    );
    for (const command of commands) expect(await kubectl(...command.split(/ +/))).not.toBe('');
  });

  it('shows a merge, a conflict and a headless service', async () => {
    const table = await kubectl('get', 'serviceimports', '-A', '-o', 'wide');
    expect(table).toMatch(/prod +api +ClusterSetIP +east,west.*http:80\/TCP,grpc:9090\/TCP/);
    expect(table).toMatch(/prod +cart .*SessionAffinityConflict|prod +api .*PortConflict/);
    expect(table).toMatch(/prod +db +Headless/);
    expect(await kubectl('get', 'serviceexports', '-n', 'prod', 'north.reports', '-o', 'wide')).toMatch(
      /False.*NoService/,
    );
  });

  it('describes and explains', async () => {
    expect(await kubectl('describe', 'serviceimport', '-n', 'prod', 'api')).toMatch(/PortConflict/);
    expect(await kubectl('explain', 'serviceimport.spec.ports')).toMatch(/port\s+<integer>/);
  });

  it('changes by itself, which a watch shows', async () => {
    const watch = kubectl.start(
      ['get', 'serviceimports', '-A', '--watch-only', '-o', 'name'],
      join(directory, 'watch.log'),
    );
    await eventually('a change', () =>
      expect(watch.output()).toMatch(/serviceimport.multicluster.x-k8s.io\/(api|cart)/),
    );
    await watch.stop();
  });
});

describe('the members of the example', () => {
  it('are changed with kubectl, and the ClusterSet follows', async () => {
    await kubectl('--context', 'west', '-n', 'prod', 'delete', 'serviceexport', 'db');
    await eventually('one cluster less', async () => {
      expect(await kubectl('get', 'serviceimport', '-n', 'prod', 'db', '-o', 'wide')).toMatch(/Headless +north /);
    });
  });

  it('take manifests, validated by the member', async () => {
    const east = createKubectl({
      binary: binaries.path('kubectl'),
      kubeconfig: join(directory, 'example', 'kubeconfig'),
      cacheDirectory: join(directory, 'east'),
    });
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mine' } };
    const service = (spec: object): object => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'mine' },
      spec: { ports: [{ name: 'http', port: 80 }], ...spec },
    });
    const serviceExport = {
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      kind: 'ServiceExport',
      metadata: { name: 'web', namespace: 'mine' },
    };
    const apply = (...objects: readonly object[]) =>
      east.result(
        ['--context', 'east', 'apply', '-f', '-'],
        objects.map((object) => JSON.stringify(object)).join('\n---\n'),
      );
    expect(await apply(namespace, service({}), serviceExport)).toMatchObject({ code: 0, stderr: '' });
    await eventually('the import', async () => {
      expect(await kubectl('get', 'serviceimport', '-n', 'mine', 'web')).toMatch(/east/);
    });
    const moved = { ports: [{ name: 'http', port: 8080 }] };
    expect(await apply(service(moved))).toMatchObject({ code: 0, stdout: 'service/web configured\n' });
    expect((await apply(service({ surprise: 1 }))).stderr).toContain('unknown field "spec.surprise"');
    await east('--context', 'east', 'delete', 'namespace', 'mine');
    await eventually('nothing of it', async () => {
      expect((await kubectl.result(['get', 'serviceimport', '-n', 'mine', 'web'])).code).toBe(1);
    });
  });
});

describe('the end', () => {
  it('refuses a second start in the same directory in one line', async () => {
    const second = start('example');
    const code = await new Promise((resolve) => second.process.once('exit', resolve));
    expect(code).toBe(2);
    expect(second.output()).toMatch(/is in use by process \d+/);
  });

  it('comes cleanly with Ctrl-C, also twice at once as npm sends it, while a watch is open', async () => {
    const watch = kubectl.start(['get', 'serviceimports', '-A', '--watch'], join(directory, 'last-watch.log'));
    await eventually('the watch', () => expect(watch.output()).toContain('infra'));
    const ended = new Promise((resolve) => server.process.once('exit', resolve));
    server.process.kill('SIGINT');
    server.process.kill('SIGINT');
    expect(await ended).toBe(0);
    await watch.stop();
  });

  it('begins anew with the next start, where the kubeconfig was', async () => {
    server = start('example', '--embedded-changing', 'false');
    const text = await untilExplained(server);
    expect(text).not.toContain('every 4 seconds');
    expect(await kubectl('get', 'serviceimport', '-n', 'prod', 'db', '-o', 'wide')).toMatch(/Headless +west,north/);
    expect(await readFile(join(directory, 'example', 'kubeconfig'), 'utf8')).toContain('current-context: clusterset');
  });
});
