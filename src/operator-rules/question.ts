import { type LabelSelector, matchesLabels } from '../kube/label-selector.ts';
import { isJsonObject, type JsonObject } from '../kube/object.ts';
import type { OperatorRuleSet } from './compile.ts';
import type { OperatorRule } from './compile-rule.ts';

/** One write, as values that can be sent to another thread; the same that expressions read. */
export interface RuleQuestion {
  readonly object: JsonObject | null;
  readonly oldObject: JsonObject | null;
  readonly request: RequestFacts;
  readonly namespaceObject: JsonObject | null;
  /** Null unless some rule reads it. */
  readonly clusterset: JsonObject | null;
  /** Whether the caller may be told names and values of other clusters; rules may judge by them all the same. */
  readonly namesOthers: boolean;
}

/** Of what expressions read as `request`, what rules are chosen by. */
export type RequestFacts = JsonObject & {
  readonly operation: string;
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
};

/** The numbers of the rules that a write concerns. */
export function concernedRules({ rules }: Pick<OperatorRuleSet, 'rules'>, question: RuleQuestion): readonly number[] {
  return [...rules.keys()].filter((index) => {
    const rule = rules[index];
    return rule !== undefined && concerns(rule, question);
  });
}

function concerns({ written, namespaces, objects }: OperatorRule, question: RuleQuestion): boolean {
  const { match } = written;
  const { operation, resource } = question.request;
  const subResource = question.request['subResource'];
  const name = typeof subResource === 'string' ? `${resource.resource}/${subResource}` : resource.resource;
  return (
    includes(match.operations, operation) &&
    includes(match.groups, resource.group) &&
    (match.resources.includes(name) || (typeof subResource !== 'string' && match.resources.includes('*'))) &&
    inNamespace(namespaces, question) &&
    [question.object, question.oldObject].some((object) => object !== null && matchesLabels(objects, labelsOf(object)))
  );
}

function includes(listed: readonly string[], value: string): boolean {
  return listed.includes('*') || listed.includes(value);
}

/** Of a namespace that is not known only its name is. Objects without one are in every selection. */
function inNamespace(selector: LabelSelector, { namespaceObject, request }: RuleQuestion): boolean {
  const namespace = request['namespace'];
  if (typeof namespace !== 'string') return true;
  const known = namespaceObject === null ? {} : labelsOf(namespaceObject);
  return matchesLabels(selector, { 'kubernetes.io/metadata.name': namespace, ...known });
}

function labelsOf({ metadata }: JsonObject): Readonly<Record<string, string>> {
  const labels = isJsonObject(metadata) ? metadata['labels'] : undefined;
  if (!isJsonObject(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}
