import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { KubeConnection } from '../connection/index.ts';
import { createConnection } from '../connection/index.ts';
import { UsageError } from './exit.ts';
import { kubeconfigChoices } from './kubeconfig-choice.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from './kubeconfig-file.ts';
import { VERSION } from './version.ts';

/** To a hub, or to a stand-alone server, as kubectl would find it. */
export async function connectToServer(
  kubeconfig: string | undefined,
  context: string | undefined,
): Promise<KubeConnection> {
  const surroundings = { env: process.env, homeDirectory: homedir(), fileExists };
  const problems: string[] = [];
  for (const file of await kubeconfigChoices(kubeconfig, surroundings)) {
    const settings = await readKubeconfigFile(file, context, OPERATOR_POLICY);
    if (settings.ok) return createConnection(settings.value, { userAgent: `clusterset-apiserver/${VERSION}` });
    problems.push(settings.error);
  }
  throw new UsageError(problems[0] ?? 'no kubeconfig found: name one with --kubeconfig, or set KUBECONFIG');
}

async function fileExists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
