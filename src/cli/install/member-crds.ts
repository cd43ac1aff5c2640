import { deepEqual } from '../../kube/deep-equal.ts';
import { DOMAIN } from '../../kube/domain.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { CrdConversion } from '../../resources/index.ts';
import { customResourceDefinition, definitions, UPSTREAM_GROUPS } from '../../resources/index.ts';
import type { ClusterClient } from './cluster-client.ts';
import { formatRelease, isNewer, releaseOf } from './crd-release.ts';
import type { Finding } from './finding.ts';
import { ok, refused } from './finding.ts';
import type { Manifest } from './manifest.ts';
import { withInstalledLabels } from './manifest.ts';
import { FIELD_MANAGER, WEBHOOKS_NAME } from './names.ts';

const CRDS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** Kinds that a member stores itself. ClusterProfiles are for hubs. */
const MEMBER_KINDS = ['serviceexports', 'serviceimports', 'clusterproperties'];
/** Kinds with a version that no two versions of which kube-apiserver can convert by itself. */
const CONVERTED_KINDS = ['serviceexports', 'serviceimports'];
export const CONVERTED_VERSION = 'v1alpha2';
/** On a definition that somebody else installed and `--with-v1alpha2` replaced: `--delete-crds` leaves it. */
const ADOPTED_ANNOTATION = `${DOMAIN}/adopted`;

export const CONVERTED_CRDS = memberKinds()
  .filter(isConverted)
  .map((definition) => crdName(definition));

export interface CrdChoice {
  /** How the member's kube-apiserver asks for conversions; undefined without v1alpha2. */
  readonly conversion: Extract<CrdConversion, { readonly type: 'Webhook' }> | undefined;
  /** What else a definition gets that is converted by a webhook. */
  readonly annotated?: (crd: Manifest) => Manifest;
}

/** What becomes of one definition: applied as given, or left as it is. */
export interface CrdPlan {
  readonly finding: Finding;
  readonly manifest: Manifest | undefined;
}

function memberKinds(): readonly ResourceDefinition[] {
  return definitions.filter(({ resource }) => MEMBER_KINDS.includes(resource));
}

function isConverted({ resource }: ResourceDefinition): boolean {
  return CONVERTED_KINDS.includes(resource);
}

function crdName({ resource, groupRole }: ResourceDefinition): string {
  return `${resource}.${UPSTREAM_GROUPS[groupRole]}`;
}

/** All definitions as they are made where a cluster has none. */
export function freshCrds(choice: CrdChoice): readonly Manifest[] {
  return memberKinds().map((definition) => wantedCrd(definition, choice));
}

function wantedCrd(definition: ResourceDefinition, { conversion, annotated = (crd) => crd }: CrdChoice): Manifest {
  if (conversion === undefined || !isConverted(definition)) {
    return withInstalledLabels(customResourceDefinition(definition, { conversion: { type: 'None' } }));
  }
  const versions = definition.versions.map(({ name }) => name);
  return annotated(withInstalledLabels(customResourceDefinition(definition, { conversion, versions })));
}

/**
 * Looks at each definition in the member. One that somebody else installed is left as it is, unless v1alpha2 is asked for;
 * a newer one is never replaced.
 */
export function planCrds(client: ClusterClient, choice: CrdChoice): Promise<readonly CrdPlan[]> {
  return Promise.all(
    memberKinds().map(async (definition) => {
      const present = await client.get(`${CRDS_PATH}/${crdName(definition)}`);
      return planCrd(definition, present, choice);
    }),
  );
}

function planCrd(definition: ResourceDefinition, present: JsonObject | undefined, choice: CrdChoice): CrdPlan {
  const name = crdName(definition);
  const wanted = wantedCrd(definition, choice);
  if (present === undefined) return { finding: ok(name, 'will be installed'), manifest: wanted };
  const converts = choice.conversion !== undefined && isConverted(definition);
  const installed = releaseOf(present, definition.resource);
  const release = formatRelease(installed);
  const keep = (message: string): CrdPlan => ({ finding: ok(name, message), manifest: undefined });
  if (isNewer(installed, releaseOf(wanted, definition.resource))) {
    if (!converts) return keep(`is ${release}, newer than ours: left as it is`);
    const reason = `is ${release}, newer than ours: ${CONVERTED_VERSION} cannot be added without going back`;
    return { finding: refused(name, reason), manifest: undefined };
  }
  if (!converts && isStoredIn(present, CONVERTED_VERSION)) return { finding: storedFinding(name), manifest: undefined };
  if (isOurs(present)) return { finding: ok(name, `is ours, ${release}`), manifest: keepAdoption(wanted, present) };
  if (!converts) return keep(`is there, ${release}, not made by install: left as it is`);
  return { finding: ok(name, `is there, ${release}: gets ${CONVERTED_VERSION}`), manifest: adopted(wanted) };
}

function storedFinding(name: string): Finding {
  return refused(
    name,
    `objects may be stored as ${CONVERTED_VERSION}, which only the webhook can read: rewrite them first with ` +
      `migrate-storage --resource ${name.split('.')[0] ?? name} --to v1beta1`,
  );
}

function isOurs(crd: JsonObject): boolean {
  return textAt(crd, 'metadata', 'labels', 'app.kubernetes.io/managed-by') === FIELD_MANAGER;
}

function isAdopted(crd: JsonObject): boolean {
  return textAt(crd, 'metadata', 'annotations', ADOPTED_ANNOTATION) !== undefined;
}

function keepAdoption(wanted: Manifest, present: JsonObject): Manifest {
  return isAdopted(present) ? adopted(wanted) : wanted;
}

function adopted(wanted: Manifest): Manifest {
  const annotations = { ...wanted.metadata.annotations, [ADOPTED_ANNOTATION]: 'true' };
  return { ...wanted, metadata: { ...wanted.metadata, annotations } };
}

/** Objects of this version may lie in the cluster's storage. */
export function isStoredIn(crd: JsonObject, version: string): boolean {
  const { storedVersions } = isJsonObject(crd['status']) ? crd['status'] : {};
  return isJsonList(storedVersions) && storedVersions.includes(version);
}

/** What uninstalling has to do about the definitions. */
export interface CrdRemoval {
  readonly findings: readonly Finding[];
  /** Merge patches that take the webhook and its version out again. */
  readonly restored: readonly { readonly path: string; readonly name: string; readonly patch: JsonObject }[];
  readonly deleted: readonly Manifest[];
}

/** Refuses what would lose objects: a version that only we convert, and with `deleteCrds` any object at all. */
export async function planCrdRemoval(client: ClusterClient, deleteCrds: boolean): Promise<CrdRemoval> {
  const found = await Promise.all(
    memberKinds().map(async (definition) => {
      const present = await client.get(`${CRDS_PATH}/${crdName(definition)}`);
      return present === undefined ? [] : [{ definition, present }];
    }),
  );
  const all = found.flat();
  const converting = all.filter(({ present }) => asksOurWebhook(present));
  const deletable = deleteCrds ? all.filter(({ present }) => isOurs(present) && !isAdopted(present)) : [];
  const used = await Promise.all(deletable.map(({ definition }) => usedFinding(client, definition)));
  return {
    findings: [
      ...converting
        .filter(({ present }) => isStoredIn(present, CONVERTED_VERSION))
        .map(({ definition }) => storedFinding(crdName(definition))),
      ...used.flat(),
    ],
    restored: converting.map(({ definition, present }) => {
      const name = crdName(definition);
      return { path: `${CRDS_PATH}/${name}`, name, patch: withoutWebhook(present) };
    }),
    deleted: deletable.map(({ definition }) => wantedCrd(definition, { conversion: undefined })),
  };
}

function asksOurWebhook(crd: JsonObject): boolean {
  const name = textAt(crd, 'spec', 'conversion', 'webhook', 'clientConfig', 'service', 'name');
  return textAt(crd, 'spec', 'conversion', 'strategy') === 'Webhook' && name === WEBHOOKS_NAME;
}

/** A merge patch: conversion by renaming only, without the version that needs more. */
export function withoutWebhook({ spec }: JsonObject): JsonObject {
  const versions: JsonValue | undefined = isJsonObject(spec) ? spec['versions'] : undefined;
  const kept = (isJsonList(versions) ? versions : []).filter(
    (version) => !(isJsonObject(version) && deepEqual(version['name'], CONVERTED_VERSION)),
  );
  return { spec: { conversion: { strategy: 'None', webhook: null }, versions: kept } };
}

async function usedFinding(client: ClusterClient, definition: ResourceDefinition): Promise<readonly Finding[]> {
  const { resource, groupRole, storageVersion } = definition;
  const group = UPSTREAM_GROUPS[groupRole];
  const objects = await client.listMetadata(`/apis/${group}/${storageVersion}/${resource}`);
  return objects.length > 0
    ? [refused(crdName(definition), 'there are objects of it, which would be deleted with it: nothing was changed')]
    : [];
}
