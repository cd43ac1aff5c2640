import type { KubeconfigPolicy } from '../../connection/index.ts';
import { parseKubeconfig, resolveContext, settingsDigest } from '../../connection/index.ts';
import { DOMAIN } from '../../kube/domain.ts';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { memberNameOf } from './member-name.ts';
import type { Candidate } from './registration-book.ts';
import type { MemberRegistration } from './types.ts';

/** Names the context of a Secret's kubeconfig; without it the current context counts. */
export const CONTEXT_ANNOTATION = `${DOMAIN}/context`;

export interface SecretReading {
  /** The key of `data` that holds the kubeconfig. */
  readonly key: string;
  readonly policy: KubeconfigPolicy;
}

/** The name and resourceVersion of an object from the wire; undefined if it is none. */
export function objectHead(value: unknown): { name: string; resourceVersion: string; object: JsonObject } | undefined {
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) return undefined;
  const { name, resourceVersion } = value['metadata'];
  if (typeof name !== 'string' || typeof resourceVersion !== 'string') return undefined;
  return { name, resourceVersion, object: value };
}

/** What a labelled Secret registers: one member, named after the Secret. Messages hold none of its data. */
export function secretCandidate(
  secret: JsonObject,
  at: { namespace: string; name: string } & SecretReading,
): Candidate {
  const source = `Secret ${at.namespace}/${at.name}`;
  const name = memberNameOf(at.name);
  if (!name.ok) return { origin: at.name, outcome: failed({ name: at.name, message: `${source}: ${name.error}` }) };
  const settings = readSettings(secret, at);
  const outcome: Candidate['outcome'] = settings.ok
    ? succeeded({ name: name.value, source, ...settings.value })
    : failed({ name: name.value, message: `${source}: ${settings.error}` });
  return { origin: at.name, outcome };
}

function readSettings(
  secret: JsonObject,
  { key, policy }: SecretReading,
): Outcome<Pick<MemberRegistration, 'settings' | 'digest'>, string> {
  const data = isJsonObject(secret['data']) ? secret['data'][key] : undefined;
  if (typeof data !== 'string' || data === '') return failed(`it has no key "${key}"`);
  // Paths are only read when the policy allows it; there is no directory that they could be relative to.
  const kubeconfig = parseKubeconfig(Buffer.from(data, 'base64').toString('utf8'), { baseDirectory: '/' });
  if (!kubeconfig.ok) return kubeconfig;
  const settings = resolveContext(kubeconfig.value, contextOf(secret), policy);
  return settings.ok ? succeeded({ settings: settings.value, digest: settingsDigest(settings.value) }) : settings;
}

function contextOf(secret: JsonObject): string | undefined {
  const metadata = isJsonObject(secret['metadata']) ? secret['metadata'] : {};
  const annotations = isJsonObject(metadata['annotations']) ? metadata['annotations'] : {};
  const context = annotations[CONTEXT_ANNOTATION];
  return typeof context === 'string' && context !== '' ? context : undefined;
}
