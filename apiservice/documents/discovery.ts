import { createHash } from 'node:crypto';
import type { JsonObject } from '../../src/kube/object.ts';
import type { KindDefinition, SubresourceKind } from '../../src/resources/definition.ts';
import type { KindInVersion, ServedGroup, ServedVersion } from './served-version.ts';

/** /api: the core group, which has no entry in /apis. */
export function coreVersions(group: ServedGroup): JsonObject {
  return {
    kind: 'APIVersions',
    versions: group.versions.map(({ name }) => name),
    serverAddressByClientCIDRs: [],
  };
}

/** /apis */
export function groupList(groups: readonly ServedGroup[]): JsonObject {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupFields) };
}

/** /apis/G */
export function groupDocument(group: ServedGroup): JsonObject {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupFields(group) };
}

function groupFields(group: ServedGroup): JsonObject {
  const versions = group.versions.map(({ name }) => ({ groupVersion: `${group.name}/${name}`, version: name }));
  return { name: group.name, versions, ...(versions[0] === undefined ? {} : { preferredVersion: versions[0] }) };
}

/** /apis/G/V, or /api/V. Verbs are the advertised ones: controllers choose by them what they may delete. */
export function resourceList(served: ServedVersion): JsonObject {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: served.group === '' ? served.name : `${served.group}/${served.name}`,
    resources: served.kinds.flatMap((kind) => [legacyResource(served, kind), ...legacySubresources(kind)]),
  };
}

function legacyResource(served: ServedVersion, { definition }: KindInVersion): JsonObject {
  return {
    name: definition.resource,
    singularName: definition.singular,
    namespaced: definition.scope === 'Namespaced',
    kind: definition.kind,
    verbs: definition.advertisedVerbs.toSorted(),
    ...namesOf(definition),
    storageVersionHash: storageVersionHash(served.group, definition),
  };
}

function legacySubresources({ definition, version }: KindInVersion): readonly JsonObject[] {
  return version.subresources.map(({ name, verbs, answer }) => ({
    name: `${definition.resource}/${name}`,
    singularName: '',
    namespaced: definition.scope === 'Namespaced',
    ...(answer === undefined ? { kind: definition.kind } : ownType(answer)),
    verbs: verbs.toSorted(),
  }));
}

export type AggregatedVersion = 'v2' | 'v2beta1';

/** /apis as aggregated discovery (KEP-3352); the two versions differ in their name only. */
export function aggregatedDiscovery(groups: readonly ServedGroup[], version: AggregatedVersion): JsonObject {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group.name === '' ? {} : { name: group.name }), creationTimestamp: null },
      versions: group.versions.map((served) => ({
        version: served.name,
        resources: served.kinds.map((kind) => aggregatedResource(served, kind)),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResource(served: ServedVersion, { definition, version }: KindInVersion): JsonObject {
  const responseKind = { group: served.group, version: served.name, kind: definition.kind };
  const subresources = version.subresources.map(({ name, verbs, answer }) => ({
    subresource: name,
    responseKind: answer === undefined ? responseKind : ownType(answer),
    verbs: verbs.toSorted(),
  }));
  return {
    resource: definition.resource,
    responseKind,
    scope: definition.scope,
    singularResource: definition.singular,
    verbs: definition.advertisedVerbs.toSorted(),
    ...namesOf(definition),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function ownType({ group, version, kind }: SubresourceKind): JsonObject {
  return { group, version, kind };
}

function namesOf({ shortNames, categories }: KindDefinition): JsonObject {
  return {
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
}

/** Tells storage migrators when objects must be rewritten: changes with the storage version only. */
function storageVersionHash(group: string, definition: KindDefinition): string {
  const text = `${group}/${definition.storageVersion}/${definition.kind}`;
  return createHash('sha256').update(text).digest().subarray(0, 8).toString('base64');
}
