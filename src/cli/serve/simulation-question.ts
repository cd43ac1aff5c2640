import type { SupposedObject } from '../../clusterset/index.ts';
import {
  type FieldCause,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTypeInvalid,
} from '../../kube/api-errors.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import { isJsonObject, type JsonObject, type JsonValue, type ObjectKey, textAt } from '../../kube/object.ts';
import { failed, type Outcome, succeeded } from '../../kube/outcome.ts';
import { parseManifest, type Sharing } from '../../members/index.ts';
import type { ImminentChange } from './forecast.ts';

export interface QuestionDeps {
  /** The member of this name; undefined when there is none. */
  readonly findMember: (name: string) => ClusterId | undefined;
  /** The group under which ServiceExports are served here; members have the upstream one. */
  readonly servedGroup: string;
  readonly sharing: Sharing;
}

interface Part {
  readonly field: 'serviceExport' | 'service';
  readonly resource: 'serviceexports' | 'services';
  readonly kind: string;
  readonly apiVersions: readonly string[];
}

const EXPORT_VERSIONS = ['v1beta1', 'v1alpha2', 'v1alpha1'];
const UNCHANGED: SupposedObject = { type: 'unchanged' };

/** Reads the spec of a simulation of this name; otherwise all that is wrong with it. */
export function parseQuestion(
  body: JsonObject,
  key: ObjectKey,
  deps: QuestionDeps,
): Outcome<ImminentChange, readonly FieldCause[]> {
  const causes: FieldCause[] = [...checkName(body, key)];
  const spec = body['spec'] ?? {};
  if (!isJsonObject(spec)) return failed([...causes, fieldTypeInvalid('spec', spec, 'must be an object')]);
  const cluster = deps.findMember(textAt(spec, 'cluster') ?? '');
  if (cluster === undefined) causes.push(describeCluster(spec['cluster']));
  const read = (part: Part): SupposedObject => {
    const supposed = parseSupposed(spec[part.field], part, { key, sharing: deps.sharing });
    if (supposed.ok) return supposed.value;
    causes.push(...supposed.error);
    return UNCHANGED;
  };
  const [serviceExport, service] = [read(exportPart(deps.servedGroup)), read(SERVICE_PART)];
  if (!isPresent(spec['serviceExport']) && !isPresent(spec['service'])) {
    causes.push(fieldRequired('spec', 'at least one of serviceExport and service must be supposed'));
  }
  return cluster === undefined || causes.length > 0 ? failed(causes) : succeeded({ cluster, serviceExport, service });
}

const SERVICE_PART: Part = { field: 'service', resource: 'services', kind: 'Service', apiVersions: ['v1'] };

function exportPart(servedGroup: string): Part {
  const groups = [...new Set([MULTICLUSTER_GROUP, servedGroup])];
  const apiVersions = groups.flatMap((group) => EXPORT_VERSIONS.map((version) => `${group}/${version}`));
  return { field: 'serviceExport', resource: 'serviceexports', kind: 'ServiceExport', apiVersions };
}

/** The name is in the path; a body may repeat it. */
function checkName(body: JsonObject, key: ObjectKey): readonly FieldCause[] {
  return checkRepeated(body['metadata'], 'metadata', key);
}

function checkRepeated(metadata: JsonValue | undefined, path: string, key: ObjectKey): readonly FieldCause[] {
  if (!isPresent(metadata)) return [];
  if (!isJsonObject(metadata)) return [fieldTypeInvalid(path, metadata, 'must be an object')];
  return (['name', 'namespace'] as const).flatMap((field) => {
    const value = metadata[field];
    const isRepeated = !isPresent(value) || value === '' || value === key[field];
    return isRepeated ? [] : [fieldInvalid(`${path}.${field}`, value, `must be ${key[field]}, as in the path`)];
  });
}

function describeCluster(cluster: JsonValue | undefined): FieldCause {
  if (!isPresent(cluster) || cluster === '')
    return fieldRequired('spec.cluster', 'names the member cluster of the change');
  if (typeof cluster !== 'string') return fieldTypeInvalid('spec.cluster', cluster, 'must be a string');
  return fieldInvalid('spec.cluster', cluster, 'no member cluster has this name');
}

interface Surroundings {
  readonly key: ObjectKey;
  readonly sharing: Sharing;
}

function parseSupposed(
  value: JsonValue | undefined,
  part: Part,
  surroundings: Surroundings,
): Outcome<SupposedObject, readonly FieldCause[]> {
  const path = `spec.${part.field}`;
  if (!isPresent(value)) return succeeded(UNCHANGED);
  if (!isJsonObject(value)) return failed([fieldTypeInvalid(path, value, 'must be an object')]);
  const { absent = false, object } = value;
  if (typeof absent !== 'boolean') return failed([fieldTypeInvalid(`${path}.absent`, absent, 'must be a boolean')]);
  if (!isPresent(object)) {
    return absent ? succeeded({ type: 'absent' }) : failed([fieldRequired(`${path}.object`, 'unless absent is true')]);
  }
  if (absent) return failed([fieldForbidden(`${path}.object`, 'may not be given when absent is true')]);
  if (!isJsonObject(object)) return failed([fieldTypeInvalid(`${path}.object`, object, 'must be an object')]);
  return parseObject(object, part, surroundings);
}

function parseObject(
  object: JsonObject,
  { field, resource, kind, apiVersions }: Part,
  { key, sharing }: Surroundings,
): Outcome<SupposedObject, readonly FieldCause[]> {
  const path = `spec.${field}.object`;
  const causes: FieldCause[] = [...checkRepeated(object['metadata'], `${path}.metadata`, key)];
  const apiVersion = textAt(object, 'apiVersion') ?? '';
  if (!apiVersions.includes(apiVersion)) {
    causes.push(fieldNotSupported(`${path}.apiVersion`, apiVersion, apiVersions));
  }
  if (object['kind'] !== kind) causes.push(fieldNotSupported(`${path}.kind`, textAt(object, 'kind') ?? '', [kind]));
  if (causes.length > 0) return failed(causes);
  const parsed = parseManifest(object, { resource, key }, sharing);
  if (!parsed.ok) return failed([fieldInvalid(path, `${kind} ${key.namespace}/${key.name}`, parsed.error)]);
  return succeeded({ type: 'replaced', object: parsed.value });
}

function isPresent(value: JsonValue | undefined): value is Exclude<JsonValue, null> {
  return value !== undefined && value !== null;
}
