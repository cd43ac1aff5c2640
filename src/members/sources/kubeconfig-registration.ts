import type { KubeconfigPolicy } from '../../connection/index.ts';
import { parseKubeconfig, resolveContext, settingsDigest } from '../../connection/index.ts';
import { type JsonObject, textAt } from '../../kube/object.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { memberNameOf } from './member-name.ts';
import type { Candidate } from './registration-book.ts';
import type { RefusalStanding } from './types.ts';
import type { KubeconfigReference, WrittenProfile } from './written-profile.ts';
import { profileOfContext } from './written-profile.ts';

/** Where a kubeconfig was found, and what it registers. */
export interface FoundKubeconfig {
  /** Identifies the entry within its source. */
  readonly origin: string;
  /** For people, such as `Secret members/alpha`. */
  readonly source: string;
  /** What the member is called there; mapped to a legal name. */
  readonly name: string;
  /** If it cannot be used. */
  readonly standing?: RefusalStanding;
  /** Undefined: its current context. */
  readonly context: string | undefined;
  readonly policy: KubeconfigPolicy;
  /** What is said of its profiles where it was found; without it, the extension of its context counts. */
  readonly profile?: WrittenProfile | undefined;
  readonly reference?: KubeconfigReference;
  /** Where relative paths in it start, if the policy lets files be read at all. */
  readonly baseDirectory?: string;
}

/** One member from one kubeconfig: its other contexts are none of ours. Messages hold none of its text. */
export function kubeconfigRegistration(text: string, found: FoundKubeconfig): Candidate {
  const { origin, source, context, policy, reference, baseDirectory = '/' } = found;
  const name = memberNameOf(found.name);
  if (!name.ok) return refusedCandidate(found, name.error);
  const kubeconfig = parseKubeconfig(text, { baseDirectory });
  if (!kubeconfig.ok) return refusedCandidate(found, kubeconfig.error);
  const settings = resolveContext(kubeconfig.value, context, policy);
  if (!settings.ok) return refusedCandidate(found, settings.error);
  const profile = found.profile ?? profileOfContext(kubeconfig.value, context);
  const registration = {
    ...{ name: name.value, source, settings: settings.value },
    digest: settingsDigest(settings.value),
    ...(profile === undefined ? {} : { profile }),
    ...(reference === undefined ? {} : { kubeconfig: reference }),
  };
  return { origin, outcome: succeeded(registration) };
}

/** One key of a Secret's data, decoded; undefined if it is absent or empty. */
export function secretText(secret: JsonObject, key: string): string | undefined {
  const data = textAt(secret, 'data', key);
  return data === undefined || data === '' ? undefined : Buffer.from(data, 'base64').toString('utf8');
}

/** A candidate that is refused whatever else it says. */
export function refusedCandidate(
  found: Pick<FoundKubeconfig, 'origin' | 'source' | 'name' | 'standing'>,
  message: string,
): Candidate {
  const { origin, source, standing } = found;
  const name = memberNameOf(found.name);
  const refusal = { name: name.ok ? name.value : found.name, message: `${source}: ${message}` };
  return { origin, outcome: failed(standing === undefined ? refusal : { ...refusal, standing }) };
}
