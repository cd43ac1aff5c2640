import { DOMAIN, MULTICLUSTER_GROUP } from '../kube/domain.ts';
import type { JsonObject } from '../kube/object.ts';
import { compareText, isJsonObject } from '../kube/object.ts';
import type { Column, ResourceDefinition, VersionDefinition } from './definition.ts';
import { UPSTREAM_GROUPS } from './registry.ts';

/** Where a kube-apiserver asks for conversions; the caBundle is for whoever owns the certificate to fill in. */
export type WebhookAddress =
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly path: string;
        readonly port: number;
      };
    }
  | { readonly url: string };

export type CrdConversion =
  { readonly type: 'None' } | { readonly type: 'Webhook'; readonly clientConfig: WebhookAddress };

export interface CrdOptions {
  readonly conversion: CrdConversion;
  /** Names of the versions to serve; `upstreamVersions` if not given. */
  readonly versions?: readonly string[];
}

/** A CustomResourceDefinition, ready to be applied. */
export interface CustomResourceDefinition extends JsonObject {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Which state of a kind's upstream definition ours stands for, and how often ours changed on top of it. */
export interface CrdRelease {
  /** Semver with a leading `v`. */
  readonly version: string;
  readonly revision: number;
}

export interface CrdReleaseLabels {
  readonly version: string;
  readonly revision: string;
}

const MCS_KINDS = ['serviceexports', 'serviceimports'];
/** Versions that no release of upstream serves: the proposal of mcs-api pull request 85, and the next ClusterProfile. */
const PROPOSED_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  serviceexports: ['v1alpha2'],
  serviceimports: ['v1alpha2'],
  clusterprofiles: ['v1alpha2'],
};
const RELEASES: Readonly<Record<string, CrdRelease>> = {
  serviceexports: { version: 'v0.5.2', revision: 1 },
  serviceimports: { version: 'v0.5.2', revision: 1 },
  clusterproperties: { version: 'v0.1.0', revision: 1 },
  clusterprofiles: { version: 'v0.1.2', revision: 1 },
};

/** kube-apiserver refuses definitions in `*.k8s.io` that do not name the review of their API. */
const PROTECTED_GROUP = /(^|\.)(k8s|kubernetes)\.io$/;
const API_REVIEW = 'https://github.com/kubernetes/enhancements/pull/3084';

/** The labels by which installers of this kind's definition avoid going back to an older one. */
export function crdReleaseLabels(resource: string): CrdReleaseLabels {
  const prefix = MCS_KINDS.includes(resource) ? MULTICLUSTER_GROUP : DOMAIN;
  return { version: `${prefix}/release-version`, revision: `${prefix}/crd-schema-revision` };
}

/** The versions that upstream's own definition serves, the lowest first. */
export function upstreamVersions({ resource, versions }: ResourceDefinition): readonly string[] {
  const proposed = PROPOSED_VERSIONS[resource] ?? [];
  return versions.map(({ name }) => name).filter((name) => !proposed.includes(name));
}

/** The definition that makes a kube-apiserver store this kind itself; pure. Always in the upstream group. */
export function customResourceDefinition(
  definition: ResourceDefinition,
  { conversion, versions = upstreamVersions(definition) }: CrdOptions,
): CustomResourceDefinition {
  const group = UPSTREAM_GROUPS[definition.groupRole];
  const { resource, singular, kind, shortNames, categories, scope } = definition;
  const served = definition.versions.filter(({ name }) => versions.includes(name));
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${resource}.${group}`,
      labels: releaseLabels(resource),
      ...(PROTECTED_GROUP.test(group) ? { annotations: { 'api-approved.kubernetes.io': API_REVIEW } } : {}),
    },
    spec: {
      group,
      scope,
      names: {
        plural: resource,
        singular,
        kind,
        listKind: `${kind}List`,
        ...(shortNames.length === 0 ? {} : { shortNames }),
        ...(categories.length === 0 ? {} : { categories }),
      },
      ...conversionSpec(conversion),
      versions: served
        .toSorted((a, b) => compareText(a.name, b.name))
        .map((version) => versionSpec(version, definition)),
    },
  };
}

function releaseLabels(resource: string): Readonly<Record<string, string>> {
  const labels = crdReleaseLabels(resource);
  const release = RELEASES[resource];
  return release === undefined
    ? {}
    : { [labels.version]: release.version, [labels.revision]: String(release.revision) };
}

/** Written out also where it is the default, so that applying it again takes a webhook away. */
function conversionSpec(conversion: CrdConversion): JsonObject {
  if (conversion.type === 'None') return { conversion: { strategy: 'None' } };
  const clientConfig: JsonObject = { ...conversion.clientConfig };
  return { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig } } };
}

function versionSpec(version: VersionDefinition, { storageVersion, columns }: ResourceDefinition): JsonObject {
  const hasStatus = version.subresources.some(({ name }) => name === 'status');
  return {
    name: version.name,
    served: true,
    storage: version.name === storageVersion,
    ...(version.deprecationWarning === undefined
      ? {}
      : { deprecated: true, deprecationWarning: version.deprecationWarning }),
    ...(hasStatus ? { subresources: { status: {} } } : {}),
    additionalPrinterColumns: columns.flatMap((column) => printerColumn(column, version)),
    schema: { openAPIV3Schema: wholeSchema(version.schema) },
  };
}

/** None for a column that only rows of many clusters have. */
function printerColumn(column: Column, version: VersionDefinition): readonly JsonObject[] {
  if (column.jsonPath === undefined) return [];
  const { name, type, format, description, priority } = column;
  const jsonPath = version.columnPath?.(column.jsonPath) ?? column.jsonPath;
  const rest = { ...(format === '' ? {} : { format }), ...(priority === 0 ? {} : { priority }) };
  return [{ name, type, jsonPath, description, ...rest }];
}

/** With the three properties that every object has. */
function wholeSchema(schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return {
    ...schema,
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of this form of the object.' },
      kind: { type: 'string', description: 'Kind of the object.' },
      metadata: { type: 'object' },
      ...properties,
    },
  };
}
