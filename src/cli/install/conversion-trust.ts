import { X509Certificate } from 'node:crypto';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { Look } from './awaited-state.ts';
import type { ClusterClient } from './cluster-client.ts';
import { certificatesName, SAFETY_CONFIGURATION, WEBHOOKS_NAME } from './names.ts';
import { secretName } from './certificate-issuer.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export interface TrustQuestion {
  readonly namespace: string;
  /** Whether cert-manager issues what is served. */
  readonly isCertManaged: boolean;
  /** Whether the webhooks run in pods of ours, whose certificates lie in a Secret. */
  readonly hasPods: boolean;
}

/**
 * The caBundle by which a kube-apiserver trusts the webhooks, base64: what the running webhooks, or cert-manager's injector,
 * wrote into the configuration that asks them already. Whoever writes it there goes on to keep it where it is copied to.
 */
export async function knownCaBundle(client: ClusterClient, question: TrustQuestion): Promise<Look<string>> {
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${SAFETY_CONFIGURATION}`;
  const bundles = new Set(bundlesIn(await client.get(path)));
  const [bundle = ''] = bundles;
  const trusted = certificatesIn(bundle);
  if (bundles.size !== 1 || trusted.length === 0) {
    const writer = question.isCertManaged ? "cert-manager's injector" : 'the webhooks';
    return waiting(`the caBundle of ${SAFETY_CONFIGURATION} was not yet written by ${writer}`);
  }
  if (!question.hasPods) return { type: 'reached', value: bundle };
  const name = question.isCertManaged ? secretName(WEBHOOKS_NAME) : certificatesName(WEBHOOKS_NAME);
  const secret = await client.get(`/api/v1/namespaces/${question.namespace}/secrets/${name}`);
  const served = certificatesIn(textAt(secret, 'data', 'ca.crt') ?? '');
  // What an earlier installation left there is no use.
  const isCurrent = served.length > 0 && served.every((certificate) => trusted.includes(certificate));
  if (isCurrent) return { type: 'reached', value: bundle };
  return waiting(
    `the caBundle of ${SAFETY_CONFIGURATION} does not hold the CA in Secret ${question.namespace}/${name}`,
  );
}

function waiting(reason: string): Look<string> {
  return { type: 'waiting', reason };
}

function bundlesIn(configuration: JsonObject | undefined): readonly string[] {
  const webhooks = configuration?.['webhooks'];
  const list = isJsonList(webhooks) ? webhooks.filter(isJsonObject) : [];
  return list.map((webhook) => textAt(webhook, 'clientConfig', 'caBundle') ?? '');
}

/** Fingerprints. */
function certificatesIn(base64: string): readonly string[] {
  const blocks = Buffer.from(base64, 'base64').toString('utf8').match(CERTIFICATE) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block).fingerprint256];
    } catch {
      return [];
    }
  });
}
