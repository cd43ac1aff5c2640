import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ConnectionSettings, Kubeconfig, KubeconfigPolicy } from '../connection/index.ts';
import { parseKubeconfig, resolveContext } from '../connection/index.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed } from '../kube/outcome.ts';

/** A kubeconfig that the operator names on our command line may do what kubectl would let it do, except insecure TLS. */
export const OPERATOR_POLICY: KubeconfigPolicy = {
  allowExec: true,
  allowFiles: true,
  allowHttp: false,
  allowInsecure: false,
};

/** Reads one context of a kubeconfig file; the error names the file and the field, never a credential. */
export async function readKubeconfigFile(
  file: string,
  context: string | undefined,
  policy: KubeconfigPolicy,
): Promise<Outcome<ConnectionSettings, string>> {
  const parsed = await parseFile(file);
  if (!parsed.ok) return parsed;
  const settings = resolveContext(parsed.value, context, policy);
  return settings.ok ? settings : failed(`${file}: ${settings.error}`);
}

/** The current context of a kubeconfig that came from a cluster: it may neither run programs nor name files. */
export function readKubeconfigText(text: string, name: string): Outcome<ConnectionSettings, string> {
  const parsed = parseKubeconfig(text, { baseDirectory: '' });
  if (!parsed.ok) return failed(`${name}: ${parsed.error}`);
  const settings = resolveContext(parsed.value, undefined, STORED_POLICY);
  return settings.ok ? settings : failed(`${name}: ${settings.error}`);
}

const STORED_POLICY: KubeconfigPolicy = { ...OPERATOR_POLICY, allowExec: false, allowFiles: false };

async function parseFile(file: string): Promise<Outcome<Kubeconfig, string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return failed(`cannot read kubeconfig ${file}: ${fileProblem(error)}`);
  }
  const parsed = parseKubeconfig(text, { baseDirectory: dirname(resolve(file)) });
  return parsed.ok ? parsed : failed(`${file}: ${parsed.error}`);
}

/** Why a file cannot be used, as the end of a sentence. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  return { ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'is a directory' }[code] ?? code;
}
