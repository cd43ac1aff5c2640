import type { JsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused } from './finding.ts';
import type { Manifest } from './manifest.ts';
import { manifest, withAnnotations } from './manifest.ts';
import { RefusedError } from './refused-error.ts';
import type { ServicePlace } from './service-manifests.ts';

const GROUP_VERSION = 'cert-manager.io/v1';
/** By this its injector writes the CA of a Certificate into caBundle. */
const INJECT_ANNOTATION = 'cert-manager.io/inject-ca-from';
const DIRECTORY = '/var/run/clusterset-tls';
const VOLUME = 'tls';
/** Readable by the group of the pod, which is ours alone. */
const FILE_MODE = 0o440;

export interface CertManagerIssuer {
  readonly name: string;
  readonly kind: 'Issuer' | 'ClusterIssuer';
}

export interface CertManagerWords {
  readonly certManagerIssuer: string | undefined;
  readonly certManagerIssuerKind: CertManagerIssuer['kind'];
}

/** Undefined: our own CA. Refused where there is no pod of ours into which cert-manager's Secret could be mounted. */
export function issuerOf(
  { certManagerIssuer: name, certManagerIssuerKind: kind }: CertManagerWords,
  elsewhere: string | undefined,
): CertManagerIssuer | undefined {
  if (name === undefined) return undefined;
  if (elsewhere !== undefined) {
    throw new RefusedError(
      `--cert-manager-issuer and ${elsewhere} exclude each other: the certificate is mounted into the Deployment that install makes`,
    );
  }
  return { name, kind };
}

/** The Certificate for the Service of this name; its Secret is cert-manager's. */
export function certificateManifest({ namespace, name }: ServicePlace, issuer: CertManagerIssuer): Manifest {
  return manifest(
    { apiVersion: GROUP_VERSION, kind: 'Certificate', name, namespace },
    {
      spec: {
        secretName: secretName(name),
        dnsNames: [`${name}.${namespace}.svc`],
        usages: ['digital signature', 'key encipherment', 'server auth'],
        // The server takes a new key as it takes a new certificate.
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        issuerRef: { group: 'cert-manager.io', ...issuer },
      },
    },
  );
}

export const secretName = (name: string): string => `${name}-tls`;

/** The object with the annotation by which the injector keeps its caBundle; as it is without an issuer. */
export function withInjection(object: Manifest, place: ServicePlace, issuer: CertManagerIssuer | undefined): Manifest {
  if (issuer === undefined) return object;
  return withAnnotations(object, { [INJECT_ANNOTATION]: `${place.namespace}/${place.name}` });
}

/** What serving with the mounted Secret adds to a Deployment; nothing without an issuer. */
export interface CertificateMount {
  readonly args: readonly string[];
  readonly volumeMounts: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
}

export function certificateMount(name: string, issuer: CertManagerIssuer | undefined): CertificateMount {
  if (issuer === undefined) return { args: [], volumeMounts: [], volumes: [] };
  return {
    args: [
      `--tls-cert-file=${DIRECTORY}/tls.crt`,
      `--tls-private-key-file=${DIRECTORY}/tls.key`,
      `--tls-ca-file=${DIRECTORY}/ca.crt`,
      '--ca-bundle-injection=cert-manager',
    ],
    volumeMounts: [{ name: VOLUME, mountPath: DIRECTORY, readOnly: true }],
    // Not optional: the pod waits until cert-manager has issued.
    volumes: [{ name: VOLUME, secret: { secretName: secretName(name), defaultMode: FILE_MODE } }],
  };
}

/** Whether the cluster has cert-manager's kinds; nothing to say where it is not asked for. */
export async function certManagerFindings(
  client: ClusterClient,
  { certManagerIssuer }: Pick<CertManagerWords, 'certManagerIssuer'>,
): Promise<readonly Finding[]> {
  if (certManagerIssuer === undefined) return [];
  const resources = await client.get(`/apis/${GROUP_VERSION}`);
  return [
    resources === undefined
      ? refused('cert-manager', `${client.server} does not serve ${GROUP_VERSION}: install cert-manager first`)
      : ok('cert-manager', `${GROUP_VERSION} is served`),
  ];
}
