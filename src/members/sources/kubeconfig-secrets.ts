import type { KubeConnection, KubeconfigPolicy } from '../../connection/index.ts';
import { DOMAIN } from '../../kube/domain.ts';
import { type JsonObject, textAt } from '../../kube/object.ts';
import { type Convention, secretsPath } from './convention.ts';
import {
  type FoundKubeconfig,
  kubeconfigRegistration,
  refusedCandidate,
  secretText,
} from './kubeconfig-registration.ts';
import type { Candidate } from './registration-book.ts';
import { type KubeconfigReference, profileOfObject } from './written-profile.ts';

export const SECRET_LABEL_SELECTOR = 'sigs.k8s.io/multicluster-runtime-kubeconfig=true';
export const SECRET_KEY = 'kubeconfig';

/** Names the context of a Secret's kubeconfig; without it the current context counts. */
export const CONTEXT_ANNOTATION = `${DOMAIN}/context`;

export interface SecretsAt {
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly policy: KubeconfigPolicy;
}

/**
 * Labelled Secrets with a kubeconfig each, named after their member: the convention of multicluster-runtime. Our namespace
 * is for those who run us: they mean a member by it even where the kubeconfig cannot be used.
 */
export function kubeconfigSecrets({ connection, namespace, policy }: SecretsAt): Convention {
  return {
    name: `Secrets in namespace ${namespace}`,
    connection,
    path: secretsPath(namespace),
    secretsIn: namespace,
    labelSelector: SECRET_LABEL_SELECTOR,
    fieldSelector: undefined,
    candidate: (secret, name) => readKubeconfigSecret(secret, name, { namespace, policy }),
  };
}

/** What one such Secret registers. */
export function readKubeconfigSecret(
  secret: JsonObject,
  name: string,
  { namespace, policy }: Pick<SecretsAt, 'namespace' | 'policy'>,
): Candidate {
  const found = { origin: name, source: `Secret ${namespace}/${name}`, name, standing: 'declared' as const };
  return readKubeconfig(secret, { namespace, name, key: SECRET_KEY }, { ...found, policy });
}

/** The kubeconfig under a key of a Secret, in the context that its annotation names. */
export function readKubeconfig(
  secret: JsonObject,
  at: Omit<KubeconfigReference, 'context'>,
  found: Pick<FoundKubeconfig, 'origin' | 'source' | 'name' | 'policy' | 'standing'>,
): Candidate {
  const text = secretText(secret, at.key);
  if (text === undefined) return refusedCandidate(found, `it has no key "${at.key}"`);
  const annotation = textAt(secret, 'metadata', 'annotations', CONTEXT_ANNOTATION);
  const context = annotation === '' ? undefined : annotation;
  const profile = profileOfObject(secret);
  return kubeconfigRegistration(text, { ...found, context, profile, reference: { ...at, context } });
}
