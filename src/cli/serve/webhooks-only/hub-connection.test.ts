import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../../../test/support/until.ts';
import { createHubConnection } from './hub-connection.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open() {
  const directory = await mkdtemp(join(tmpdir(), 'hub-connection-'));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'kubeconfig');
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  let replaced = 0;
  const connection = createHubConnection({
    file,
    log: {
      info: (_, text) => said.push(text),
      warn: (_, text) => said.push(text),
      error: (_, text) => said.push(text),
    },
    onReplaced: () => (replaced += 1),
    schedule: (run) => {
      waiting.push(run);
      return () => undefined;
    },
  });
  ends.push(connection.stop);
  /** The next look at the file; the one before may not be over yet. */
  const again = async (): Promise<void> => {
    await until(() => expect(waiting).not.toHaveLength(0));
    waiting.shift()?.();
  };
  return { file, connection, said, replaced: () => replaced, again };
}

function kubeconfig(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'hub',
    clusters: [{ name: 'hub', cluster: { server } }],
    users: [{ name: 'hub', user: { token } }],
    contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'hub' } }],
  });
}

describe('the connection to the hub', () => {
  it('waits for a kubeconfig that is not there yet, and says so once', async () => {
    const { file, connection, said, again } = await open();
    await connection.start();
    await expect(connection.current().request({ method: 'GET', path: '/', timeoutMs: 1 })).rejects.toThrow(
      'no such file',
    );
    await again();
    await until(() => expect(connection.current().server).toBe(''));
    await writeFile(file, kubeconfig('https://hub.example:6443', 'one'));
    await again();
    await until(() => expect(connection.current().server).toBe('https://hub.example:6443'));
    expect(said).toEqual(['the kubeconfig of the hub cannot be used']);
  });

  it('follows another credential or address, and keeps the old one while the file is broken', async () => {
    const { file, connection, said, replaced, again } = await open();
    await writeFile(file, kubeconfig('https://hub.example:6443', 'one'));
    await connection.start();
    const first = connection.current();
    await writeFile(file, '{');
    await again();
    await until(() => expect(said).toHaveLength(1));
    expect(connection.current()).toBe(first);
    await writeFile(file, kubeconfig('https://hub.example:6443', 'two'));
    await again();
    await until(() => expect(replaced()).toBe(1));
    expect(connection.current()).not.toBe(first);
    await again();
    await until(() =>
      expect(said).toEqual([
        'the kubeconfig of the hub cannot be used',
        'the kubeconfig of the hub changed: connecting anew',
      ]),
    );
    expect(replaced()).toBe(1);
  });
});
