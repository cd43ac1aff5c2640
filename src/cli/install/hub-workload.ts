import type { ApiGroups } from '../../resources/index.ts';
import type { CertManagerIssuer } from './certificate-issuer.ts';
import { certificateMount } from './certificate-issuer.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { NAME, POD_LABELS, SECURE_PORT } from './names.ts';
import { rulesMount } from './operator-rules.ts';

const TERMINATION_GRACE_SECONDS = 75;
const SHUTDOWN_DELAY_SECONDS = 5;
/** Of the container, in MiB; Node's old generation gets three quarters, the rest is for buffers outside the heap. */
const MEMORY_LIMIT_MIB = 2048;
const HEAP_LIMIT_MIB = (MEMORY_LIMIT_MIB * 3) / 4;

export interface WorkloadOptions {
  readonly namespace: string;
  readonly image: string;
  readonly apiGroups: ApiGroups;
  readonly issuer: CertManagerIssuer | undefined;
  /** Whether there is a ConfigMap with the operator's own rules. */
  readonly hasRules: boolean;
}

/**
 * One replica, Recreate: exactly one process serves (it holds the Lease). Non-root, read-only root; what must last is
 * kept in objects of the namespace, so no volume outlives the pod.
 */
export function workloadManifests(options: WorkloadOptions): readonly Manifest[] {
  return [priorityClass(), deployment(options), networkPolicy(options.namespace)];
}

function priorityClass(): Manifest {
  return manifest(
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', name: NAME },
    {
      value: 100_000_000,
      globalDefault: false,
      description: 'The clusterset API: while it is away, discovery of its groups is stale for the whole hub.',
    },
  );
}

function deployment(options: WorkloadOptions): Manifest {
  const { namespace, issuer, hasRules } = options;
  const certificate = certificateMount(NAME, issuer);
  const volumes = [...certificate.volumes, ...rulesMount(NAME, hasRules).volumes];
  return manifest(
    { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME, namespace },
    {
      spec: {
        replicas: 1,
        revisionHistoryLimit: 3,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: POD_LABELS },
        template: {
          metadata: { labels: POD_LABELS },
          spec: {
            serviceAccountName: NAME,
            priorityClassName: NAME,
            terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65532,
              runAsGroup: 65532,
              ...(certificate.volumes.length === 0 ? {} : { fsGroup: 65532 }),
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [container(options)],
            ...(volumes.length === 0 ? {} : { volumes }),
          },
        },
      },
    },
  );
}

function container({ image, apiGroups, namespace, issuer, hasRules }: WorkloadOptions): Record<string, never> {
  const mounts = [certificateMount(NAME, issuer), rulesMount(NAME, hasRules)];
  const volumeMounts = mounts.flatMap((mount) => mount.volumeMounts);
  const probe = (path: string): object => ({
    httpGet: { path, port: 'https', scheme: 'HTTPS' },
    timeoutSeconds: 5,
    periodSeconds: 10,
  });
  return {
    name: NAME,
    image,
    args: [
      'serve',
      `--namespace=${namespace}`,
      `--api-group=${apiGroups.multicluster}`,
      `--about-api-group=${apiGroups.about}`,
      `--secure-port=${SECURE_PORT}`,
      `--shutdown-delay-duration=${SHUTDOWN_DELAY_SECONDS}`,
      ...mounts.flatMap(({ args }) => args),
    ],
    ports: [{ name: 'https', containerPort: SECURE_PORT, protocol: 'TCP' }],
    env: [{ name: 'NODE_OPTIONS', value: `--max-old-space-size=${HEAP_LIMIT_MIB}` }],
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: `${MEMORY_LIMIT_MIB}Mi` } },
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
    startupProbe: { ...probe('/livez'), failureThreshold: 30, periodSeconds: 2 },
    livenessProbe: { ...probe('/livez'), failureThreshold: 6 },
    readinessProbe: { ...probe('/readyz'), failureThreshold: 2 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  } as unknown as Record<string, never>;
}

/** In: only our port. Out: anything, because members and the hub may be anywhere. */
function networkPolicy(namespace: string): Manifest {
  return manifest(
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name: NAME, namespace },
    {
      spec: {
        podSelector: { matchLabels: POD_LABELS },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [{ port: SECURE_PORT, protocol: 'TCP' }] }],
        egress: [{}],
      },
    },
  );
}
