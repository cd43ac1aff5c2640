import { requestEntityTooLarge, unsupportedMediaType } from '../../src/kube/api-errors.ts';
import { goQuoted } from '../../src/kube/go-quote.ts';
import { parseKubeYaml, YAML_BYTES_MAX } from '../../src/kube/kube-yaml.ts';
import type { JsonValue } from '../../src/kube/object.ts';
import { textAt } from '../../src/kube/object.ts';
import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';
import { parseStrictJson } from '../../src/kube/strict-json.ts';
import type { GoStruct } from './go-struct.ts';
import { structFault, TEXT } from './go-struct.ts';

const OBJECT_TYPES = ['application/json', 'application/yaml'] as const;

/** What stands before the lines of a fault that YAML has only when it is read strictly. */
export const YAML_FAULTS = 'yaml: unmarshal errors:\n';
/** A number that no double holds: well-formed, but not to be decoded. */
export const NO_DOUBLE = 'json: cannot unmarshal number';
const UNREADABLE_TYPE = "couldn't get version/kind; json parse error: ";

/** Where kube-apiserver reads the type of an object into; Go has no shorter name for it. */
const TYPE_META: GoStruct = {
  type: 'struct',
  go: String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`,
  name: '',
  fields: { apiVersion: TEXT, kind: TEXT },
};

/** A body as far as its type is told. */
export interface TypedBody {
  readonly value: JsonValue;
  readonly group: string;
  readonly version: string;
  /** '' when it is missing. */
  readonly kind: string;
  /** Keys that are given twice, each as kube-apiserver words it. */
  readonly strictFaults: readonly string[];
}

/** JSON or YAML; no type at all means JSON. Throws 415 for every other. */
export function objectTypeOf(contentType: string | undefined): (typeof OBJECT_TYPES)[number] {
  const [name = ''] = (contentType ?? '').split(';', 1);
  const type = name.trim().toLowerCase();
  if (type === '') return 'application/json';
  const found = OBJECT_TYPES.find((one) => one === type);
  if (found === undefined) throw unsupportedMediaType(OBJECT_TYPES);
  return found;
}

/** Reads a body that says what it is; the error is that of kube-apiserver. */
export function readTypedBody(body: Buffer, contentType: string | undefined): Outcome<TypedBody, string> {
  const parsed = objectTypeOf(contentType) === 'application/yaml' ? parseYamlBody(body) : parseJsonBody(body);
  if (!parsed.ok) return parsed;
  const { value } = parsed.value;
  const fault = typeFault(value);
  if (fault !== undefined) return failed(fault);
  const [version = '', group = ''] = groupVersionParts(value).toReversed();
  return succeeded({ ...parsed.value, group, version, kind: textAt(value, 'kind') ?? '' });
}

/** Why the type of an object cannot be read; undefined when it can, or when there is none. */
export function typeFault(value: JsonValue): string | undefined {
  const fault = structFault(value, TYPE_META, false);
  if (fault !== undefined) return `${UNREADABLE_TYPE}${fault}`;
  const parts = groupVersionParts(value);
  return parts.length > 2 ? `unexpected GroupVersion string: ${parts.join('/')}` : undefined;
}

function groupVersionParts(value: JsonValue): readonly string[] {
  const apiVersion = textAt(value, 'apiVersion') ?? '';
  return apiVersion === '/' ? [''] : apiVersion.split('/');
}

type ParsedBody = Pick<TypedBody, 'value' | 'strictFaults'>;

/** YAML; what is JSON too is read as JSON, which is much faster. The error has no prefix. */
export function parseYamlBody(body: Buffer): Outcome<ParsedBody, string> {
  const text = body.toString('utf8');
  const asJson = text.startsWith('{') ? parseStrictJson(text) : undefined;
  if (asJson?.ok === true && asJson.value.duplicates.length === 0) {
    return succeeded({ value: asJson.value.value, strictFaults: [] });
  }
  if (body.length > YAML_BYTES_MAX) throw requestEntityTooLarge(YAML_BYTES_MAX);
  const parsed = parseKubeYaml(text);
  if (!parsed.ok) return parsed;
  const { value, duplicates } = parsed.value;
  const strictFaults =
    duplicates.length === 0 ? [] : [`${YAML_FAULTS}${duplicates.map((line) => `  ${line}`).join('\n')}`];
  return succeeded({ value, strictFaults });
}

function parseJsonBody(body: Buffer): Outcome<ParsedBody, string> {
  const parsed = parseStrictJson(body.toString('utf8'));
  if (!parsed.ok)
    return failed(parsed.error.startsWith(NO_DOUBLE) ? parsed.error : `${UNREADABLE_TYPE}${parsed.error}`);
  const { value, duplicates } = parsed.value;
  return succeeded({ value, strictFaults: duplicates.map(duplicateField) });
}

/** `duplicate field "spec.a"` */
export function duplicateField(path: string): string {
  return `duplicate field ${goQuoted(path)}`;
}
