import { DEFAULT_WEBHOOK_LIMITS } from '../../../webhooks/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { UPSTREAM_GROUPS } from '../../resources/index.ts';
import type { AdmissionWords } from '../program/admission-words.ts';
import { THREAD_MEMORY_MIB_MAX } from '../../operator-rules/index.ts';
import type { CertManagerIssuer } from './certificate-issuer.ts';
import { certificateMount } from './certificate-issuer.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { CONVERTED_CRDS } from './member-crds.ts';
import {
  HUB_CREDENTIAL_KEY,
  HUB_CREDENTIAL_SECRET,
  WEBHOOKS_NAME,
  WEBHOOKS_POD_LABELS,
  WEBHOOKS_PORT,
} from './names.ts';
import type { RulesMount } from './operator-rules.ts';
import { rulesArguments, rulesMount } from './operator-rules.ts';

/** One may be away for an update while the other answers; each has its own view, none leads. */
const REPLICAS = 2;
/** The kubelet ends a pod that has not ended by itself: the delay, then the longest review. */
const TERMINATION_GRACE_SECONDS = 45;
/** A pod answers on while kube-proxy forgets it. */
const SHUTDOWN_DELAY_SECONDS = 5;
const MIB = 1024 * 1024;
/** What is known of the clusters, and the records of the objects that are being converted. */
const HEAP_LIMIT_MIB = 512;
/** Bodies and answers of reviews are outside the heap, and bounded by what the webhooks take at once. */
const REVIEWS_MIB =
  (DEFAULT_WEBHOOK_LIMITS.admissionBytesInFlightMax + DEFAULT_WEBHOOK_LIMITS.conversionBytesInFlightMax) / MIB;
/** The program, connections, and what was given back and is not collected yet. */
const REST_MIB = 192;
/** Those that evaluate the operator's rules: of each effect one, each with a heap of its own. */
const RULE_THREADS = 2;
const MEMORY_LIMIT_MIB = HEAP_LIMIT_MIB + REVIEWS_MIB + RULE_THREADS * THREAD_MEMORY_MIB_MAX + REST_MIB;
const CREDENTIAL_DIRECTORY = '/var/run/clusterset-hub';

export interface WebhooksWorkloadOptions extends AdmissionWords {
  readonly namespace: string;
  readonly image: string;
  readonly member: string;
  readonly controllers: readonly string[];
  readonly administrators: readonly string[];
  /** Under which the hub serves our kinds; absent: those of upstream. */
  readonly apiGroup?: string;
  readonly aboutApiGroup?: string;
  readonly withV1alpha2: boolean;
}

/** Where the webhooks of a member run. */
export interface WebhooksPlace {
  readonly port: number;
  readonly hubKubeconfig: string | undefined;
  /** The operator's own admission rules, as far as they do not lie in a mounted ConfigMap. */
  readonly rulesFile: string | undefined;
}

/** The words after the program's name, wherever it runs in a member. */
export function webhooksArguments(options: WebhooksWorkloadOptions, place: WebhooksPlace): readonly string[] {
  const { namespace, member, controllers, administrators, withV1alpha2 } = options;
  return [
    'serve',
    '--webhooks-only',
    `--member-name=${member}`,
    ...(place.hubKubeconfig === undefined ? [] : [`--hub-kubeconfig=${place.hubKubeconfig}`]),
    `--namespace=${namespace}`,
    `--secure-port=${place.port}`,
    ...(withV1alpha2 ? [`--webhooks-converted-definitions=${CONVERTED_CRDS.join(',')}`] : []),
    ...(controllers.length === 0 ? [] : [`--controllers=${controllers.join(',')}`]),
    ...(administrators.length === 0 ? [] : [`--administrators=${administrators.join(',')}`]),
    ...groupArguments(options),
    ...admissionArguments(options),
    ...rulesArguments(place.rulesFile),
  ];
}

/** The groups of the hub, which the webhooks read there. */
function groupArguments({ apiGroup, aboutApiGroup }: WebhooksWorkloadOptions): readonly string[] {
  const { multicluster, about } = UPSTREAM_GROUPS;
  return [
    ...(apiGroup === undefined || apiGroup === multicluster ? [] : [`--api-group=${apiGroup}`]),
    ...(aboutApiGroup === undefined || aboutApiGroup === about ? [] : [`--about-api-group=${aboutApiGroup}`]),
  ];
}

/** Those that were said, so that webhooks and policies judge alike. */
function admissionArguments(words: AdmissionWords): readonly string[] {
  const { forbiddenNamespaces, standardProperties, strictClusterSetNames } = words;
  return [
    ...(forbiddenNamespaces === undefined ? [] : [`--forbidden-namespaces=${forbiddenNamespaces.join(',')}`]),
    ...(standardProperties === undefined ? [] : [`--standard-properties=${standardProperties.join(',')}`]),
    ...(strictClusterSetNames === undefined ? [] : [`--strict-cluster-set-names=${strictClusterSetNames}`]),
  ];
}

export interface WebhooksDeploymentOptions extends WebhooksWorkloadOptions {
  readonly issuer: CertManagerIssuer | undefined;
  /** Whether there is a ConfigMap with the operator's own rules. */
  readonly hasRules: boolean;
}

/** Non-root, read-only root, nothing kept on disk; the credential on the hub is re-read when it changes. */
export function webhooksWorkload(options: WebhooksDeploymentOptions): readonly Manifest[] {
  const { namespace } = options;
  const selector = { matchLabels: WEBHOOKS_POD_LABELS };
  return [
    deployment(options),
    manifest(
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: WEBHOOKS_NAME, namespace },
      { spec: { maxUnavailable: 1, selector } },
    ),
    manifest(
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name: WEBHOOKS_NAME, namespace },
      {
        spec: {
          podSelector: selector,
          policyTypes: ['Ingress', 'Egress'],
          ingress: [{ ports: [{ port: WEBHOOKS_PORT, protocol: 'TCP' }] }],
          egress: [{}],
        },
      },
    ),
  ];
}

function deployment(options: WebhooksDeploymentOptions): Manifest {
  return manifest(
    { apiVersion: 'apps/v1', kind: 'Deployment', name: WEBHOOKS_NAME, namespace: options.namespace },
    {
      spec: {
        replicas: REPLICAS,
        revisionHistoryLimit: 3,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: WEBHOOKS_POD_LABELS },
        template: {
          metadata: { labels: WEBHOOKS_POD_LABELS },
          spec: {
            serviceAccountName: WEBHOOKS_NAME,
            // While no replica runs, writes of exports fail, and readers of converted versions, too.
            priorityClassName: 'system-cluster-critical',
            terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
            affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [apart()] } },
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65532,
              runAsGroup: 65532,
              fsGroup: 65532,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [container(options)],
            volumes: [
              {
                name: 'hub',
                // Without it the webhooks know their own cluster only, and still convert.
                secret: { secretName: HUB_CREDENTIAL_SECRET, defaultMode: 0o440, optional: true },
              },
              ...mountsOf(options).flatMap(({ volumes }) => volumes),
            ],
          },
        },
      },
    },
  );
}

function mountsOf({ issuer, hasRules }: WebhooksDeploymentOptions): readonly RulesMount[] {
  return [certificateMount(WEBHOOKS_NAME, issuer), rulesMount(WEBHOOKS_NAME, hasRules)];
}

function apart(): JsonObject {
  return {
    weight: 100,
    podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: WEBHOOKS_POD_LABELS } },
  };
}

function container(options: WebhooksDeploymentOptions): JsonObject {
  const mounts = mountsOf(options);
  const probe = (path: string): JsonObject => ({
    httpGet: { path, port: 'https', scheme: 'HTTPS' },
    timeoutSeconds: 5,
    periodSeconds: 10,
  });
  const hubKubeconfig = `${CREDENTIAL_DIRECTORY}/${HUB_CREDENTIAL_KEY}`;
  return {
    name: WEBHOOKS_NAME,
    image: options.image,
    args: [
      ...webhooksArguments(options, { port: WEBHOOKS_PORT, hubKubeconfig, rulesFile: undefined }),
      `--shutdown-delay-duration=${SHUTDOWN_DELAY_SECONDS}`,
      ...mounts.flatMap(({ args }) => args),
    ],
    ports: [{ name: 'https', containerPort: WEBHOOKS_PORT, protocol: 'TCP' }],
    env: [{ name: 'NODE_OPTIONS', value: `--max-old-space-size=${HEAP_LIMIT_MIB}` }],
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: `${MEMORY_LIMIT_MIB}Mi` } },
    volumeMounts: [
      { name: 'hub', mountPath: CREDENTIAL_DIRECTORY, readOnly: true },
      ...mounts.flatMap(({ volumeMounts }) => volumeMounts),
    ],
    startupProbe: { ...probe('/livez'), failureThreshold: 30, periodSeconds: 2 },
    livenessProbe: { ...probe('/livez'), failureThreshold: 6 },
    readinessProbe: { ...probe('/readyz'), failureThreshold: 2 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
