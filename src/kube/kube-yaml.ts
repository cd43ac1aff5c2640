import type { Alias, CST, Document, Node, Pair, YAMLMap } from 'yaml';
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, visit } from 'yaml';
import { goQuoted } from './go-quote.ts';
import { stringifyJson } from './json.ts';
import type { JsonValue } from './object.ts';
import { isJsonList, isJsonObject } from './object.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import { ownValue, setOwn } from './own-property.ts';
import { STRICT_FAULTS_MAX } from './strict-json.ts';
import { resolveScalar, YamlFault } from './yaml-scalar.ts';

/**
 * Bounds a text that is YAML and not JSON: what people write by hand is far smaller, and the parser needs quadratic time
 * for some of it.
 */
export const YAML_BYTES_MAX = 64 * 1024;
/** Bounds the nesting; everything that walks a value is recursive. */
const YAML_DEPTH_MAX = 200;
/**
 * Bounds the collections that are open at once while a text is read. A deep text must not even reach the end of the call
 * stack: an error there can be caught, but a regular expression that is compiled there ends the process.
 */
const OPEN_TOKENS_MAX = 2 * YAML_DEPTH_MAX;
/** Bounds the values that aliases stand for, all expanded: a few lines could stand for billions. */
const ALIASED_VALUES_MAX = 10_000;

const MERGE_KEY = '<<';

export interface KubeYaml {
  readonly value: JsonValue;
  /** `line 7: key "a" already set in map`, in the order found; the last value counts. */
  readonly duplicates: readonly string[];
}

/**
 * Reads YAML as kube-apiserver does (sigs.k8s.io/yaml): YAML 1.1, where `yes` and `on` are booleans, but without numbers
 * to the base 60 and without timestamps; keys become texts. Only the first document may have content. The error begins
 * with `yaml: ` where it is one of the text.
 */
export function parseKubeYaml(text: string): Outcome<KubeYaml, string> {
  try {
    const lines = new LineCounter();
    const document = firstDocument(text, lines);
    const walk: Walk = { lines, targets: targetsOf(document), open: new Set(), aliased: 0, depth: 0, duplicates: [] };
    const value = valueOf(walk, document?.contents ?? null);
    return succeeded({ value, duplicates: walk.duplicates.slice(0, STRICT_FAULTS_MAX) });
  } catch (error) {
    if (error instanceof YamlFault) return failed(error.message);
    throw error;
  }
}

interface Walk {
  readonly lines: LineCounter;
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
  /** The aliases that are being expanded. */
  readonly open: Set<Alias>;
  aliased: number;
  depth: number;
  readonly duplicates: string[];
}

function firstDocument(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    merge: false,
    logLevel: 'silent',
    prettyErrors: false,
    lineCounter,
  });
  const documents = [...composer.compose(boundedTokens(text, lineCounter))];
  for (const { errors, directives } of documents) {
    const [fault] = errors;
    if (fault !== undefined) throw syntaxFault(fault.message, lineCounter.linePos(fault.pos[0]).line);
    if (directives.yaml.explicit === true && directives.yaml.version !== '1.1') {
      throw new YamlFault('yaml: found incompatible YAML document');
    }
  }
  if (documents.slice(1).some(({ contents }) => !isEmpty(contents))) {
    throw new YamlFault('yaml: more than one document');
  }
  return documents[0];
}

/** The tokens of a text, each document whole, that is not nested too deep. */
function* boundedTokens(text: string, lineCounter: LineCounter): Generator<CST.Token, void> {
  lineCounter.addNewLine(0);
  const parser = new Parser(lineCounter.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > OPEN_TOKENS_MAX) throw new YamlFault('yaml: exceeded max depth');
  }
  yield* parser.end();
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && (contents.value === null || contents.source === ''));
}

function syntaxFault(message: string, line: number): YamlFault {
  const [first = ''] = message.split('\n', 1);
  return new YamlFault(`yaml: line ${line}: ${first.charAt(0).toLowerCase()}${first.slice(1)}`);
}

/** An anchor holds from where it stands to where the next one has its name. */
function targetsOf(document: Document.Parsed | undefined): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  if (document === undefined) return targets;
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target === undefined) throw new YamlFault(`yaml: unknown anchor '${node.source}' referenced`);
        targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function valueOf(walk: Walk, node: unknown): JsonValue {
  if (walk.open.size > 0) walk.aliased += 1;
  if (walk.aliased > ALIASED_VALUES_MAX) throw new YamlFault('yaml: document contains excessive aliasing');
  if (isAlias(node)) return expanded(walk, node, (target) => valueOf(walk, target));
  if (isScalar(node)) return finite(resolveScalar(node));
  if (!isMap(node) && !isSeq(node)) return null;
  walk.depth += 1;
  if (walk.depth > YAML_DEPTH_MAX) throw new YamlFault('yaml: exceeded max depth');
  const value = isMap(node) ? mapOf(walk, node) : node.items.map((item) => valueOf(walk, item));
  walk.depth -= 1;
  return value;
}

/** JSON has no such numbers; as a key they are texts. */
function finite(value: JsonValue): JsonValue {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new YamlFault(`json: unsupported value: ${shownNumber(value)}`);
}

function shownNumber(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function expanded<T>(walk: Walk, alias: Alias, use: (target: Node) => T): T {
  const target = walk.targets.get(alias);
  if (target === undefined) throw new Error('an alias without a target');
  if (walk.open.has(alias)) throw new YamlFault(`yaml: anchor '${alias.source}' value contains itself`);
  walk.open.add(alias);
  const result = use(target);
  walk.open.delete(alias);
  return result;
}

function mapOf(walk: Walk, map: YAMLMap): JsonValue {
  const result: Record<string, JsonValue> = {};
  fillMap(walk, map, result);
  return result;
}

function fillMap(walk: Walk, map: YAMLMap, result: Record<string, JsonValue>): void {
  for (const pair of map.items) {
    if (isMergeKey(pair)) merge(walk, pair.value, result);
    else {
      const shown = isScalar(pair.key) ? resolveScalar(pair.key) : valueOf(walk, pair.key);
      const key = keyOf(shown);
      const value = valueOf(walk, pair.value);
      if (ownValue(result, key) !== undefined) noteDuplicate(walk, pair, shown);
      setOwn(result, key, value);
    }
  }
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.source === MERGE_KEY && (key.type === 'PLAIN' || key.tag === 'tag:yaml.org,2002:merge');
}

function merge(walk: Walk, node: unknown, result: Record<string, JsonValue>): void {
  if (isAlias(node)) {
    expanded(walk, node, (target) => {
      if (isSeq(target)) throw wrongMerge();
      merge(walk, target, result);
    });
  } else if (isMap(node)) fillMap(walk, node, result);
  else if (isSeq(node)) {
    // The first one wins, so it comes last.
    for (const item of node.items.toReversed()) {
      if (isSeq(item)) throw wrongMerge();
      merge(walk, item, result);
    }
  } else throw wrongMerge();
}

function wrongMerge(): YamlFault {
  return new YamlFault('yaml: map merge requires map or sequence of maps as the value');
}

function keyOf(key: JsonValue): string {
  if (typeof key === 'string') return key;
  if (isJsonList(key) || isJsonObject(key)) throw new YamlFault('yaml: invalid map key');
  if (key === null) throw new YamlFault('unsupported map key of type: %!s(<nil>), key: <nil>');
  if (typeof key === 'number' && !Number.isFinite(key)) return Number.isNaN(key) ? '.nan' : key > 0 ? '.inf' : '-.inf';
  return String(key);
}

function noteDuplicate(walk: Walk, { key, value }: Pair, shown: JsonValue): void {
  const at = [value, key].find((node) => isNode(node));
  const line = isNode(at) ? walk.lines.linePos(at.range[0]).line : 0;
  const text = typeof shown === 'string' ? goQuoted(shown) : stringifyJson(shown);
  walk.duplicates.push(`line ${line}: key ${text} already set in map`);
}

function isNode(node: unknown): node is Node & { readonly range: readonly [number, number, number] } {
  return (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) && Array.isArray(node.range);
}
