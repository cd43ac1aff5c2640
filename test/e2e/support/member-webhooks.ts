import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { issueAuthority, issueClient } from '../../../certs/issue.ts';
import type { Child, ControlPlane } from '../../support/control-plane/index.ts';
import { startChild } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';
import { PROGRAM } from './clusterset.ts';

/** Safety and advice. */
const CONFIGURATIONS = 2;
const DAY_MS = 24 * 3600 * 1000;

/** Webhooks that run beside a member's kube-apiserver, as in a pod of it. */
export interface RunningWebhooks {
  readonly port: number;
  readonly child: () => Child;
  readonly start: () => Promise<void>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<unknown>;
}

export interface WebhooksPlace {
  readonly controlPlane: ControlPlane;
  readonly member: string;
  readonly port: number;
  readonly hubKubeconfig: string;
  /** What the process reads its own member with. */
  readonly kubeconfig: string;
  readonly extraArgs?: readonly string[];
}

export function memberWebhooks(place: WebhooksPlace): RunningWebhooks {
  const { controlPlane, member, port } = place;
  let child: Child | undefined;
  const current = (): Child => {
    if (child === undefined) throw new Error('the webhooks were not started');
    return child;
  };
  return {
    port,
    child: current,
    start: async () => {
      child = startChild({
        name: `webhooks-${member}`,
        command: process.execPath,
        args: [
          ...[PROGRAM, 'serve', '--webhooks-only', '--member-name', member, '--bind-address', '127.0.0.1'],
          ...['--kubeconfig', place.kubeconfig, '--hub-kubeconfig', place.hubKubeconfig],
          ...['--secure-port', String(port), '--log-level', 'debug', ...(place.extraArgs ?? [])],
        ],
        logFile: join(controlPlane.directory, `webhooks-${member}.log`),
      });
      await eventually('the webhooks to be trusted', () => {
        const started = current();
        if (started.process.exitCode !== null) throw new Error(`exited: ${started.output().slice(-3000)}`);
        const trusted = started.output().split('the caBundle is right').length - 1;
        if (trusted < CONFIGURATIONS) throw new Error(started.output().slice(-1000));
      });
    },
    stop: async (signal = 'SIGTERM') => child?.stop(signal),
  };
}

/** How a kube-apiserver proves to the webhooks that it is that of a member. */
export interface WebhookClient {
  /** For `webhooks.clientCaFile`. */
  readonly caFile: string;
  /** Of a kube-apiserver. */
  readonly admissionArgs: readonly string[];
}

/** A client certificate for calls of webhooks, and the configuration of kube-apiserver that names it. */
export async function issueWebhookClient(directory: string, commonName: string): Promise<WebhookClient> {
  const validity = { nowMs: Date.now(), lifetimeMs: DAY_MS };
  const authority = await issueAuthority({ commonName: 'webhook-clients', validity });
  const { cert, key } = await issueClient({ commonName, organizations: [], authority, validity });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const file = (name: string): string => join(directory, `webhook-client-${name}`);
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    // Any webhook, whatever its address.
    users: [{ name: '*', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
  };
  const admission = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      {
        name: 'ValidatingAdmissionWebhook',
        configuration: {
          apiVersion: 'apiserver.config.k8s.io/v1',
          kind: 'WebhookAdmissionConfiguration',
          kubeConfigFile: file('kubeconfig.json'),
        },
      },
    ],
  };
  await writeFile(file('ca.crt'), authority.cert);
  await writeFile(file('kubeconfig.json'), JSON.stringify(kubeconfig), { mode: 0o600 });
  await writeFile(file('admission.json'), JSON.stringify(admission));
  return { caFile: file('ca.crt'), admissionArgs: [`--admission-control-config-file=${file('admission.json')}`] };
}
