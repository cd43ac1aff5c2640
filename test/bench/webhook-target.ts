import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { issueAuthority, issueServing } from '../../certs/index.ts';
import type { Child } from '../support/control-plane/index.ts';
import { freePorts, startChild } from '../support/control-plane/index.ts';
import { provideProgram } from '../support/control-plane/binaries.ts';
import { WEBHOOK_PEER } from '../support/control-plane/recipes.ts';
import { eventually } from '../support/eventually.ts';
import type { Client } from './client.ts';
import { createClient, GO_CIPHERS } from './client.ts';
import { say } from './clock.ts';

const LIFETIME_MS = 24 * 3600 * 1000;
const SERVER = new URL('webhook-server.ts', import.meta.url).pathname;

/** One side of the comparison: a process with the same two paths. */
export interface WebhookSide {
  readonly pid: number;
  readonly client: () => Client;
  readonly url: (path: string) => string;
  /** base64 of PEM. */
  readonly caBundle: string;
  /** Reviews that it answered so far; ours only. */
  readonly calls: () => Promise<number>;
}

export interface WebhookSides {
  readonly own: WebhookSide;
  readonly peer: WebhookSide;
  readonly stop: () => Promise<void>;
}

/** Starts our webhooks and the peer with certificates of the same kind. */
export async function startWebhookSides(): Promise<WebhookSides> {
  const directory = await mkdtemp(join(tmpdir(), 'clusterset-webhook-bench-'));
  const ca = await writeCertificates(directory);
  const children: Child[] = [];
  const start = async (
    name: string,
    command: string,
    args: (port: number) => readonly string[],
  ): Promise<WebhookSide> => {
    const [port = 0] = await freePorts(1);
    const child = startChild({ name, command, args: args(port), logFile: join(directory, `${name}.log`) });
    children.push(child);
    const client = (): Client => createClient(endpointAt(port, ca));
    const probe = client();
    await eventually(`${name} to answer`, () => probe.get('/'));
    probe.close();
    return {
      pid: child.process.pid ?? 0,
      client,
      url: (path) => `https://127.0.0.1:${port}${path}`,
      caBundle: Buffer.from(ca).toString('base64'),
      calls: async () => {
        const one = client();
        const calls = Number(await one.text('/calls'));
        one.close();
        return calls;
      },
    };
  };
  const bundle = await bundleServer(directory);
  const own = await start('webhooks', process.execPath, (port) => [bundle, String(port), directory]);
  const program = await provideProgram(WEBHOOK_PEER, say);
  const peer = await start('peer', program, (port) => ['-port', String(port), '-certificates', directory]);
  return {
    own,
    peer,
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** One file, as the program is shipped: loaded as modules of TypeScript every call would take longer. */
async function bundleServer(directory: string): Promise<string> {
  const outfile = join(directory, 'webhook-server.mjs');
  const require = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await build({
    ...{ entryPoints: [SERVER], outfile, bundle: true, logLevel: 'warning', banner: { js: require } },
    ...{ platform: 'node', target: 'node20', format: 'esm' },
  });
  return outfile;
}

async function writeCertificates(directory: string): Promise<string> {
  const validity = { nowMs: Date.now(), lifetimeMs: LIFETIME_MS };
  const authority = await issueAuthority({ commonName: 'bench', validity });
  const serving = await issueServing({ dnsNames: ['localhost'], ips: ['127.0.0.1'], authority, validity });
  await writeFile(join(directory, 'tls.crt'), serving.cert);
  await writeFile(join(directory, 'tls.key'), serving.key);
  return authority.cert;
}

function endpointAt(port: number, ca: string): Parameters<typeof createClient>[0] {
  return {
    ...{ host: '127.0.0.1', port, ca, rejectUnauthorized: true, servername: 'localhost' },
    ...{ cert: '', key: '', ciphers: GO_CIPHERS },
  };
}
