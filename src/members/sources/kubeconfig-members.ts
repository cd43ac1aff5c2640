import { dirname } from 'node:path';
import type { Kubeconfig, KubeconfigPolicy } from '../../connection/index.ts';
import {
  contextNames,
  KUBECONFIG_BYTES_MAX,
  parseKubeconfig,
  readTextFile,
  resolveContext,
  settingsDigest,
} from '../../connection/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { memberNameOf } from './member-name.ts';
import type { Candidate } from './registration-book.ts';
import { createRegistrationBook } from './registration-book.ts';
import type { MemberRegistration, RefusedRegistration } from './types.ts';
import { profileOfContext } from './written-profile.ts';

/** One context to register; without a name, the context's own name is used. */
export interface WantedContext {
  readonly context: string;
  readonly name?: string;
}

export interface KubeconfigMembersOptions {
  /** Without it, every context is a member. */
  readonly contexts?: readonly WantedContext[];
  readonly policy: KubeconfigPolicy;
}

/** Reads a text file of bounded size; the error is a phrase that follows the path. */
export type ReadKubeconfig = (file: string) => Promise<Outcome<string, string>>;

export const readKubeconfigFile: ReadKubeconfig = (file) => readTextFile(file, KUBECONFIG_BYTES_MAX);

/**
 * For start-up: an unreadable file, a broken kubeconfig, a wanted context that is not there and two members of one
 * name are one clear message each. A single context that cannot be used is among `refused`; the others go on.
 */
export async function readKubeconfigMembers(
  file: string,
  options: KubeconfigMembersOptions,
): Promise<Outcome<{ registrations: readonly MemberRegistration[]; refused: readonly RefusedRegistration[] }, string>> {
  const text = await readKubeconfigFile(file);
  if (!text.ok) return failed(`${file} ${text.error}`);
  const candidates = kubeconfigCandidates(text.value, file, options);
  if (!candidates.ok) return candidates;
  if (candidates.value.length === 0) return failed(`${file}: kubeconfig has no contexts, so there is no member in it`);
  const sources = new Map<ClusterId, string>();
  for (const { outcome } of candidates.value) {
    if (!outcome.ok) continue;
    const { name, source } = outcome.value;
    const other = sources.get(name);
    if (other !== undefined) return failed(`two members have the name "${name}": ${other} and ${source}`);
    sources.set(name, source);
  }
  const { registrations, refused } = createRegistrationBook({ graceMs: 0 }).apply(candidates.value, 0);
  return succeeded({ registrations, refused });
}

/** One candidate per context; fails as a whole when the kubeconfig cannot be read or lacks a wanted context. */
export function kubeconfigCandidates(
  text: string,
  file: string,
  options: KubeconfigMembersOptions,
): Outcome<readonly Candidate[], string> {
  const kubeconfig = parseKubeconfig(text, { baseDirectory: dirname(file) });
  if (!kubeconfig.ok) return failed(`${file}: ${kubeconfig.error}`);
  const present = contextNames(kubeconfig.value);
  const wanted = options.contexts ?? present.map((context): WantedContext => ({ context }));
  const missing = wanted.find(({ context }) => !present.includes(context));
  if (missing !== undefined) return failed(`${file}: context "${missing.context}" is not in the kubeconfig`);
  return succeeded(wanted.map((one) => candidateOf(one, kubeconfig.value, { file, policy: options.policy })));
}

function candidateOf(
  wanted: WantedContext,
  kubeconfig: Kubeconfig,
  { file, policy }: { file: string; policy: KubeconfigPolicy },
): Candidate {
  const { context } = wanted;
  const origin = wanted.name === undefined ? context : `${context}/${wanted.name}`;
  const source = `context "${context}" of ${file}`;
  const name = wanted.name === undefined ? memberNameOf(context) : parseClusterId(wanted.name);
  if (!name.ok)
    return { origin, outcome: failed({ name: wanted.name ?? context, message: `${source}: ${name.error}` }) };
  const settings = resolveContext(kubeconfig, context, policy);
  if (!settings.ok) return { origin, outcome: failed({ name: name.value, message: `${file}: ${settings.error}` }) };
  const digest = settingsDigest(settings.value);
  const profile = profileOfContext(kubeconfig, context);
  const registration = { name: name.value, source, settings: settings.value, digest };
  return { origin, outcome: succeeded(profile === undefined ? registration : { ...registration, profile }) };
}
