import { DOMAIN } from '../../kube/domain.ts';
import { parseJson } from '../../kube/json.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';

export const CRDS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** How far a migration came, kept on the definition while it is under way. */
export const PROGRESS_ANNOTATION = `${DOMAIN}/storage-migration`;

/** What migrating needs to know of a CustomResourceDefinition. */
export interface StorageDefinition {
  readonly name: string;
  readonly group: string;
  readonly resource: string;
  readonly resourceVersion: string;
  /** Changes with every change of `spec`, and only then; of a definition made anew, too. */
  readonly specRevision: string;
  readonly storage: string;
  readonly served: readonly string[];
  readonly storedVersions: readonly string[];
  readonly convertsByWebhook: boolean;
  /** `spec.versions` whole. */
  readonly versions: readonly JsonObject[];
  readonly progress: Progress | undefined;
}

/** Where to go on. */
export interface Progress {
  readonly to: string;
  /** `namespace/name` of the last object that was rewritten; objects are listed in this order. */
  readonly after: string;
  /** The `specRevision` under which all up to there was rewritten; under another one it may have been stored otherwise since. */
  readonly specRevision: string;
}

export function readDefinition(crd: JsonObject): StorageDefinition {
  const spec = objectAt(crd, 'spec');
  const versions = listOf(spec['versions']).filter(isJsonObject);
  return {
    name: textAt(crd, 'metadata', 'name') ?? '',
    group: textAt(spec, 'group') ?? '',
    resource: textAt(spec, 'names', 'plural') ?? '',
    resourceVersion: textAt(crd, 'metadata', 'resourceVersion') ?? '',
    specRevision: specRevisionOf(objectAt(crd, 'metadata')),
    storage: nameOf(versions.find(({ storage }) => storage === true)),
    served: versions.filter(({ served }) => served === true).map(nameOf),
    storedVersions: listOf(objectAt(crd, 'status')['storedVersions']).filter((name) => typeof name === 'string'),
    convertsByWebhook: textAt(spec, 'conversion', 'strategy') === 'Webhook',
    versions,
    progress: readProgress(textAt(crd, 'metadata', 'annotations', PROGRESS_ANNOTATION)),
  };
}

function specRevisionOf({ uid, generation }: JsonObject): string {
  return `${typeof uid === 'string' ? uid : ''}/${typeof generation === 'number' ? generation : ''}`;
}

function nameOf(version: JsonObject | undefined): string {
  return textAt(version, 'name') ?? '';
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

function listOf(value: JsonObject[string]): readonly unknown[] {
  return isJsonList(value) ? value : [];
}

/** What cannot be read counts as no progress: everything is rewritten once more. */
function readProgress(text: string | undefined): Progress | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    const [to, after, specRevision] = [textAt(value, 'to'), textAt(value, 'after'), textAt(value, 'specRevision')];
    if (to === undefined || after === undefined || specRevision === undefined) return undefined;
    return { to, after, specRevision };
  } catch {
    return undefined;
  }
}
