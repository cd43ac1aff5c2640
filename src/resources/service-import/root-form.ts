import type { JsonValue, KubeObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import { withVersion } from '../api-version.ts';
import { presentEntries } from '../canonical-json.ts';
import { readConversionData, withConversionData, withoutConversionData } from '../conversion-annotation.ts';
import type { ConversionData } from '../conversion-data.ts';
import { SPEC_FIELDS, STATUS_FIELDS } from './fields.ts';
import { joinItems, splitItems } from './item-fields.ts';

/*
 * Conversion between the two forms of a ServiceImport: fields below spec and status (storage), and fields at the root
 * (v1alpha2). Structural only: nothing is defaulted, inferred or checked, and no input is refused, because one object
 * that fails makes a whole list fail. A null field counts as absent.
 */

interface Section {
  readonly name: 'spec' | 'status';
  readonly fields: readonly string[];
  /** The list whose items are taken apart, and what identifies an item. */
  readonly list: string;
  readonly itemKey: readonly string[];
  readonly itemFields: readonly string[];
}

const SPEC: Section = {
  name: 'spec',
  fields: Object.keys(SPEC_FIELDS),
  list: 'ports',
  itemKey: ['name', 'protocol', 'port'],
  itemFields: ['name', 'protocol', 'port', 'appProtocol'],
};

const STATUS: Section = {
  name: 'status',
  fields: Object.keys(STATUS_FIELDS),
  list: 'clusters',
  itemKey: ['cluster'],
  itemFields: ['cluster'],
};

const ROOT_FIELDS: ReadonlySet<string> = new Set([...SPEC.fields, ...STATUS.fields]);

type Entry = readonly [key: string, value: JsonValue];

/** From the storage form to v1alpha2. Fields that neither form knows travel in an annotation. */
export function toRootForm(object: KubeObject, version: string): KubeObject {
  const { apiVersion, kind, metadata, spec, status, ...others } = object;
  const specParts = takeApart(SPEC, spec);
  const statusParts = takeApart(STATUS, status);
  const otherEntries = presentEntries(others);
  const clashing = otherEntries.filter(([key]) => ROOT_FIELDS.has(key));
  const empty = [...(specParts.isEmpty ? [SPEC.name] : []), ...(statusParts.isEmpty ? [STATUS.name] : [])];
  const data: ConversionData = {
    ...(specParts.rest === undefined ? {} : { spec: specParts.rest }),
    ...(statusParts.rest === undefined ? {} : { status: statusParts.rest }),
    ...(clashing.length === 0 ? {} : { root: Object.fromEntries(clashing) }),
    ...(empty.length === 0 ? {} : { empty }),
  };
  const root = [...specParts.known, ...statusParts.known, ...otherEntries.filter(([key]) => !ROOT_FIELDS.has(key))];
  return withVersion(
    { apiVersion, kind, metadata: withConversionData(metadata, data), ...Object.fromEntries(root) },
    version,
  );
}

/** From v1alpha2 to the storage form. Fields at the root always win over what the annotation says. */
export function toSpecForm(object: KubeObject, version: string): KubeObject {
  const { apiVersion, kind, metadata, ...root } = object;
  const data = readConversionData(metadata);
  const entries = presentEntries(root).filter(([key]) => key !== SPEC.name && key !== STATUS.name);
  const others = entries.filter(([key]) => !ROOT_FIELDS.has(key));
  const clashing = presentEntries(data?.root ?? {}).filter(([key]) => ROOT_FIELDS.has(key));
  const spec = putTogether(SPEC, entries, data);
  const status = putTogether(STATUS, entries, data);
  return withVersion(
    {
      apiVersion,
      kind,
      metadata: data === undefined ? metadata : withoutConversionData(metadata, data),
      ...Object.fromEntries([...others, ...clashing]),
      ...(spec === undefined ? {} : { spec }),
      ...(status === undefined ? {} : { status }),
    },
    version,
  );
}

interface Parts {
  /** The fields that have a home in both forms. */
  readonly known: readonly Entry[];
  /** What has none, as ConversionData keeps it. */
  readonly rest: JsonValue | undefined;
  /** Present, but nothing in it. */
  readonly isEmpty: boolean;
}

function takeApart(section: Section, value: JsonValue | undefined): Parts {
  if (value === undefined || value === null) return { known: [], rest: undefined, isEmpty: false };
  if (!isJsonObject(value)) return { known: [], rest: value, isEmpty: false };
  const entries = presentEntries(value);
  const rest = entries.filter(([key]) => !section.fields.includes(key));
  const known = entries.filter(([key]) => section.fields.includes(key));
  const items = value[section.list];
  const split = splitItems(items, section);
  const lifted = known.map(([key, field]): Entry =>
    key === section.list ? [key, split.items ?? field] : [key, field],
  );
  if (split.rests.length > 0) rest.push([section.list, split.rests]);
  return {
    known: lifted,
    rest: rest.length === 0 ? undefined : Object.fromEntries(rest),
    isEmpty: entries.length === 0,
  };
}

function putTogether(
  section: Section,
  root: readonly Entry[],
  data: ConversionData | undefined,
): JsonValue | undefined {
  const kept = data?.[section.name];
  const keptFields = isJsonObject(kept) ? kept : {};
  const known = root.filter(([key]) => section.fields.includes(key));
  const joined = known.map(([key, field]): Entry => [
    key,
    key === section.list ? joinItems(field, keptFields[section.list], section) : field,
  ]);
  const rest = presentEntries(keptFields).filter(([key]) => !section.fields.includes(key));
  if (joined.length + rest.length > 0) return Object.fromEntries([...joined, ...rest]);
  if (kept !== undefined && !isJsonObject(kept)) return kept;
  return data?.empty?.includes(section.name) === true ? {} : undefined;
}
