import type { JsonObject } from '../../kube/object.ts';
import { INSTALLED_LABELS } from './names.ts';

/** One object to apply. */
export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

interface ManifestHead {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An object with our labels. */
export function manifest(head: ManifestHead, body: JsonObject): Manifest {
  return {
    apiVersion: head.apiVersion,
    kind: head.kind,
    metadata: {
      name: head.name,
      ...(head.namespace === undefined ? {} : { namespace: head.namespace }),
      labels: { ...INSTALLED_LABELS, ...head.labels },
    },
    ...body,
  };
}

/** An object that was made elsewhere, with our labels. */
export function withInstalledLabels(object: Manifest): Manifest {
  return { ...object, metadata: { ...object.metadata, labels: { ...INSTALLED_LABELS, ...object.metadata.labels } } };
}

export function withAnnotations(object: Manifest, annotations: Readonly<Record<string, string>>): Manifest {
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
  };
}

/** Plural path segments of the kinds that installation touches. */
const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  Service: 'services',
  Secret: 'secrets',
  ConfigMap: 'configmaps',
  Lease: 'leases',
  Endpoints: 'endpoints',
  EndpointSlice: 'endpointslices',
  Deployment: 'deployments',
  NetworkPolicy: 'networkpolicies',
  PriorityClass: 'priorityclasses',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  APIService: 'apiservices',
  Certificate: 'certificates',
  CustomResourceDefinition: 'customresourcedefinitions',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
  PodDisruptionBudget: 'poddisruptionbudgets',
};

/** Group and plural name, as rights name them. */
export function resourceOf({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): {
  readonly group: string;
  readonly resource: string;
} {
  const resource = PLURALS[kind];
  if (resource === undefined) throw new Error(`no path is known for kind ${kind}`);
  return { group: groupOf(apiVersion), resource };
}

/** '' for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** The request path of one object. */
export function objectPath(object: Manifest): string {
  const { resource: plural } = resourceOf(object);
  const root = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const namespace = object.metadata.namespace;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${root}${scope}/${plural}/${encodeURIComponent(object.metadata.name)}`;
}

/** `APIService v1beta1.multicluster.x-k8s.io`, `Role kube-system/x`: for people. */
export function describeObject(object: Manifest): string {
  const { name, namespace } = object.metadata;
  return `${object.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
