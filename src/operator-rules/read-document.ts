import { Ajv, type ErrorObject } from 'ajv';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import { type RulesDocument, RULES_SCHEMA } from './document.ts';
import { RULES_MAX, VARIABLES_MAX } from './limits.ts';

/** Aliases that a file may use: they can make a small file a huge one. */
const ALIASES_MAX = 0;

const isDocument = new Ajv({ allErrors: false, strict: true, allowUnionTypes: true }).compile<RulesDocument>(
  RULES_SCHEMA,
);

/** Where parts of a file stand, for whoever looks closer. */
export interface PlacedDocument {
  readonly document: RulesDocument;
  /** `line:column` of what is at the path. */
  readonly placeOf: (path: readonly (string | number)[]) => string;
}

/** Reads the form of a rules file; the error starts with `line:column`. What its expressions say is not looked at. */
export function readDocument(text: string): Outcome<PlacedDocument, string> {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const [error] = yaml.errors;
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${String(line)}:${String(col)}`;
  };
  if (error !== undefined) return failed(`${at(error.pos[0])}: ${error.message.split(' at line ')[0] ?? ''}`);
  const placeOf = (path: readonly (string | number)[]): string => at(offsetOf(yaml, path));
  const value = valueOf(yaml);
  if (!value.ok) return failed(`1:1: ${value.error}`);
  if (!isDocument(value.value)) return failed(faultText(yaml, isDocument.errors?.[0], at));
  const many = tooMany(value.value);
  return many === undefined ? succeeded({ document: value.value, placeOf }) : failed(`1:1: ${many}`);
}

function valueOf(yaml: Document): Outcome<unknown, string> {
  try {
    return succeeded(yaml.toJS({ maxAliasCount: ALIASES_MAX }));
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function tooMany({ rules, variables = [] }: RulesDocument): string | undefined {
  if (rules.length > RULES_MAX) return `more than ${String(RULES_MAX)} rules`;
  return variables.length > VARIABLES_MAX ? `more than ${String(VARIABLES_MAX)} variables` : undefined;
}

function faultText(yaml: Document, error: ErrorObject | undefined, at: (offset: number) => string): string {
  if (error === undefined) return '1:1: not a rules file';
  const path = error.instancePath.split('/').slice(1);
  const name = path.join('.');
  const inside = name === '' ? '' : `${name}.`;
  if (error.keyword === 'additionalProperties') {
    const unknown = String(error.params['additionalProperty']);
    return `${at(keyOffset(yaml, path, unknown))}: unknown field "${inside}${unknown}"`;
  }
  if (error.keyword === 'required') {
    return `${at(offsetOf(yaml, path))}: "${inside}${String(error.params['missingProperty'])}" is missing`;
  }
  return `${at(offsetOf(yaml, path))}: "${name}" ${expectation(error)}`;
}

function expectation({ keyword, params, message = 'is wrong' }: ErrorObject): string {
  if (keyword === 'enum') return `must be one of ${JSON.stringify(params['allowedValues'])}`;
  return keyword === 'const' ? `must be ${JSON.stringify(params['allowedValue'])}` : message;
}

function offsetOf(yaml: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? yaml.contents : yaml.getIn(path.slice(0, length).map(indexed), true);
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    if (Array.isArray(range) && typeof range[0] === 'number') return range[0];
  }
  return 0;
}

function keyOffset(yaml: Document, path: readonly string[], key: string): number {
  const map: unknown = path.length === 0 ? yaml.contents : yaml.getIn(path.map(indexed), true);
  if (!isMap(map)) return 0;
  for (const { key: node } of map.items) {
    if (isScalar(node) && String(node.value) === key) return node.range?.[0] ?? 0;
  }
  return 0;
}

/** Ajv writes indexes as text. */
function indexed(part: string | number): string | number {
  return typeof part === 'string' && /^[0-9]+$/.test(part) ? Number(part) : part;
}
