import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import { isJsonObject, isKubeObject, type JsonObject, type JsonValue, textAt } from '../../kube/object.ts';
import type { RuleQuestion } from '../../operator-rules/index.ts';
import { ADMISSION_SUBJECTS } from '../../resources/index.ts';
import { UsageError } from '../exit.ts';
import type { AppliedObject } from '../simulate/manifests.ts';

export const RULES_TEST_KIND = 'RulesTest';

/** What a rule is expected to say. */
export const VERDICTS = ['ok', 'deny', 'warn', 'audit', 'error', 'skipped'] as const;
export type RuleVerdict = (typeof VERDICTS)[number];

/** One write that the rules are asked about. */
export interface TestCase {
  readonly name: string;
  readonly question: RuleQuestion;
  /** By the name of the rule; empty where only denials are looked for. */
  readonly expect: ReadonlyMap<string, RuleVerdict>;
  /** Whether a denial that nobody expects is a failure. */
  readonly mustPass: boolean;
}

const FIELDS = ['name', 'operation', 'object', 'oldObject', 'resource', 'userInfo', 'namespaceObject', 'clusterset'];
const OWN_GROUPS: readonly string[] = [MULTICLUSTER_GROUP, ABOUT_GROUP];
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE'];
const ALONE = { cluster: { name: '', clusterID: '', clusterSet: '', reachable: true }, others: [], profiles: [] };

/** A manifest of something that no kube-apiserver asks us about, such as a Deployment beside the export; else undefined. */
export function leftOut({ object, file, line }: AppliedObject): string | undefined {
  const { kind, group } = kindOf(object);
  // In our own groups an unknown kind is a misspelt one.
  if (kind === RULES_TEST_KIND || OWN_GROUPS.includes(group) || subjectOf(group, kind) !== undefined) return undefined;
  return `${kind} ${textAt(object, 'metadata', 'name') ?? ''} (${file}:${String(line)})`;
}

/** The cases of a RulesTest, or the creation of any other object. */
export function casesOf({ object, file, line }: AppliedObject): readonly TestCase[] {
  const place = `${file}:${String(line)}`;
  if (object['kind'] !== RULES_TEST_KIND) {
    const name = `${textAt(object, 'kind') ?? ''} ${textAt(object, 'metadata', 'name') ?? ''}`;
    return [{ name, question: questionOf({ object }, place), expect: new Map(), mustPass: true }];
  }
  const { cases } = object;
  if (!Array.isArray(cases)) throw new UsageError(`${place}: "cases" must be a list`);
  return cases.map((written: unknown, index) => caseOf(written, `${place}: cases[${String(index)}]`));
}

function caseOf(written: unknown, place: string): TestCase {
  if (!isJsonObject(written)) throw new UsageError(`${place}: must be a map`);
  const unknown = Object.keys(written).find((field) => !FIELDS.includes(field) && field !== 'expect');
  if (unknown !== undefined) throw new UsageError(`${place}: unknown field "${unknown}"`);
  const { name, expect } = written;
  if (typeof name !== 'string' || name === '') throw new UsageError(`${place}: "name" must be a text`);
  return {
    name,
    question: questionOf(written, place),
    expect: expectationOf(expect, place),
    mustPass: expect === undefined,
  };
}

function expectationOf(expect: JsonValue | undefined, place: string): ReadonlyMap<string, RuleVerdict> {
  if (expect === undefined) return new Map();
  if (!isJsonObject(expect)) throw new UsageError(`${place}: "expect" must be a map from rules to verdicts`);
  return new Map(
    Object.entries(expect).map(([rule, wanted]) => {
      const verdict = VERDICTS.find((known) => known === wanted);
      if (verdict === undefined) throw new UsageError(`${place}: expect.${rule} must be one of ${VERDICTS.join(', ')}`);
      return [rule, verdict] as const;
    }),
  );
}

function questionOf(written: JsonObject, place: string): RuleQuestion {
  const at = (field: string): JsonObject | null => objectAt(written, field, place);
  const [object, oldObject] = [asRulesSee(at('object')), asRulesSee(at('oldObject'))];
  const subject = object ?? oldObject;
  if (subject === null) throw new UsageError(`${place}: "object" or "oldObject" is missing`);
  const namespace = textAt(subject, 'metadata', 'namespace');
  return {
    ...{ object, oldObject },
    request: {
      operation: operationOf(written['operation'] ?? impliedOperation(object, oldObject), place),
      dryRun: false,
      ...resourceFacts(subject, at('resource'), place),
      ...namesOf(subject),
      userInfo: at('userInfo') ?? { username: 'test', groups: ['system:authenticated'] },
    },
    namespaceObject: at('namespaceObject') ?? (namespace === undefined ? null : { metadata: { name: namespace } }),
    clusterset: at('clusterset') ?? ALONE,
    namesOthers: true,
  };
}

/** In the version that rules see, as a review of it is converted. */
function asRulesSee(object: JsonObject | null): JsonObject | null {
  if (object === null || !isKubeObject(object)) return object;
  const { group, kind } = kindOf(object);
  const stored: unknown = subjectOf(group, kind)?.toStorage(object);
  return isJsonObject(stored) ? stored : object;
}

function operationOf(operation: JsonValue, place: string): string {
  if (typeof operation === 'string' && OPERATIONS.includes(operation)) return operation;
  throw new UsageError(`${place}: "operation" must be one of ${OPERATIONS.join(', ')}`);
}

function impliedOperation(object: JsonObject | null, oldObject: JsonObject | null): string {
  if (object === null) return 'DELETE';
  return oldObject === null ? 'CREATE' : 'UPDATE';
}

function namesOf(subject: JsonObject): JsonObject {
  const name = textAt(subject, 'metadata', 'name');
  const namespace = textAt(subject, 'metadata', 'namespace');
  return { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) };
}

function objectAt(written: JsonObject, field: string, place: string): JsonObject | null {
  const value = written[field] ?? null;
  if (value === null || isJsonObject(value)) return value;
  throw new UsageError(`${place}: "${field}" must be a map`);
}

/** `resource` and `kind` of the request; kinds that are not ours need to be told their resource. */
function resourceFacts(
  subject: JsonObject,
  given: JsonObject | null,
  place: string,
): { readonly kind: JsonObject; readonly resource: RuleQuestion['request']['resource'] } {
  const { group, version, kind } = kindOf(subject);
  const resource = textAt(given, 'resource') ?? subjectOf(group, kind)?.resource;
  if (resource === undefined)
    throw new UsageError(`${place}: resource of ${kind} is not known: give "resource" in a RulesTest`);
  return { kind: { group, version, kind }, resource: { group: textAt(given, 'group') ?? group, version, resource } };
}

function kindOf(object: JsonObject): { readonly group: string; readonly version: string; readonly kind: string } {
  const apiVersion = textAt(object, 'apiVersion') ?? '';
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return { group, version: apiVersion.slice(slash + 1), kind: textAt(object, 'kind') ?? '' };
}

function subjectOf(group: string, kind: string): (typeof ADMISSION_SUBJECTS)[number] | undefined {
  return ADMISSION_SUBJECTS.find((candidate) => candidate.group === group && candidate.kind === kind);
}
