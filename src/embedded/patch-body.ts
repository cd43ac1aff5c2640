import { checkPatched, readPatch } from '../../apiservice/index.ts';
import type { ResourceRequest } from '../../apiservice/types.ts';
import { badRequest, unsupportedMediaType } from '../kube/api-errors.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { EmbeddedKind } from './kind.ts';
import { strategicMerge } from './strategic-merge.ts';
import { parseBody } from './written-object.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';

export interface PatchBody {
  readonly contentType: string;
  readonly body: Buffer;
}

/** How a patch changes an object, by its media type; custom kinds have no strategic merge. Throws 400, 413, 415, 422. */
export function patcherOf(
  kind: EmbeddedKind,
  { contentType, body }: PatchBody,
  request: ResourceRequest,
): (current: KubeObject) => JsonObject {
  const { isCustom, mergeKeys } = kind.traits;
  const accepted = [JSON_PATCH, MERGE_PATCH, ...(isCustom ? [] : [STRATEGIC_MERGE_PATCH])];
  if (!accepted.includes(contentType)) throw unsupportedMediaType(accepted);
  if (contentType === STRATEGIC_MERGE_PATCH) {
    const patch = parseStrategic(body);
    return (current) => strategicMerge(current, patch, mergeKeys);
  }
  const patch = readPatch(contentType === JSON_PATCH ? 'json' : 'merge', body, 'Warn');
  const { namespace, name, served, version } = request;
  const path = { group: served.group, version: version.name, kind: served.definition.kind, namespace, name };
  return (current) => {
    const patched = patch.apply(current);
    if (isCustom) return checkPatched(patched, path);
    if (isJsonObject(patched)) return patched;
    throw badRequest(`a ${path.kind} must be an object`);
  };
}

function parseStrategic(body: Buffer): JsonObject {
  try {
    return parseBody(body, 'application/json', 'patch');
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : ''}`);
  }
}
