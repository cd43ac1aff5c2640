import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from './support/clusterset.ts';

let directory: string;
const durable = (): string => join(directory, 'durable');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'clusterset-bad-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

function kubeconfig(contexts: readonly string[], server = 'https://127.0.0.1:1'): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 'secret-marker' } }],
    contexts: contexts.map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
  });
}

/** Runs serve and returns its one message; whatever else it did would show in the durable directory. */
async function refusal(...args: readonly string[]): Promise<string> {
  const result = await runProgram(['serve', '--durable-directory', durable(), ...args]);
  expect(result.code).toBe(2);
  expect(result.stdout).toBe('');
  expect(result.stderr).not.toContain('secret-marker');
  await expect(readdir(durable())).rejects.toThrow('ENOENT');
  return result.stderr.trim();
}

describe('serve with a wrong configuration says one thing, exits with 2 and starts nothing', () => {
  it('for an unknown field', async () => {
    const config = await file('unknown.yaml', 'serving:\n  port: 1\n');
    expect(await refusal('--config', config)).toBe('configuration: unknown field "serving.port"');
  });

  it('for a wrong type, with the unit and the bounds', async () => {
    const config = await file('type.yaml', 'limits:\n  watches: many\n');
    expect(await refusal('--config', config)).toBe(
      'configuration: "limits.watches" (watches) must be an integer from 1 to 100000, got "many"',
    );
  });

  it('for a flag out of bounds', async () => {
    expect(await refusal('--secure-port', '65536')).toContain('"serving.securePort" (TCP port) must be an integer');
  });

  it('for an unknown flag', async () => {
    expect(await refusal('--secure-prot', '1')).toContain("error: unknown option '--secure-prot'");
  });

  it('for a configuration file that cannot be read', async () => {
    expect(await refusal('--config', join(directory, 'absent.yaml'))).toMatch(
      /^cannot read configuration file .*ENOENT$/,
    );
  });

  it('for a hub kubeconfig that is none', async () => {
    const broken = await file('broken.kubeconfig', '{"kind": "Config", "clusters": 5}');
    expect(await refusal('--kubeconfig', broken)).toContain('broken.kubeconfig');
  });

  it('for a hub kubeconfig that would send credentials in the clear', async () => {
    const plain = await file('plain.kubeconfig', kubeconfig(['hub'], 'http://127.0.0.1:1'));
    expect(await refusal('--kubeconfig', plain)).toMatch(/https|current-context/);
  });

  it("for a members' kubeconfig that is absent", async () => {
    expect(await refusal('--members-kubeconfig', join(directory, 'absent'))).toMatch(/absent/);
  });

  it('for two members of one name', async () => {
    const members = await file('members.kubeconfig', kubeconfig(['east', 'west']));
    const args = ['--members-kubeconfig', members, '--members-contexts', 'east=one,west=one'];
    expect(await refusal(...args)).toMatch(/two members have the name "one"/);
  });

  it('for a wanted context that the kubeconfig lacks', async () => {
    const members = await file('few.kubeconfig', kubeconfig(['east']));
    const args = ['--members-kubeconfig', members, '--members-contexts', 'west'];
    expect(await refusal(...args)).toMatch(/context "west" is not in the kubeconfig/);
  });

  it('for a certificate without its key', async () => {
    expect(await refusal('--tls-cert-file', '/absent.crt')).toContain('must be given together');
  });

  it('for a CA without the certificate that it belongs to', async () => {
    const config = await file('ca.yaml', 'serving:\n  caFile: /absent.crt\n');
    expect(await refusal('--config', config)).toContain('"serving.caFile" belongs to --tls-cert-file');
  });

  it('for the embedded example together with a hub', async () => {
    const hub = await file(
      'hub.kubeconfig',
      JSON.stringify({ ...JSON.parse(kubeconfig(['hub'])), 'current-context': 'hub' }),
    );
    expect(await refusal('--embedded', '--kubeconfig', hub)).toContain('refused together with a hub');
  });
});
