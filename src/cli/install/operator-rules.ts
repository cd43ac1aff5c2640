import type { JsonObject } from '../../kube/object.ts';
import type { OperatorRule, RulesSources, WrittenRule } from '../../operator-rules/index.ts';
import { compileRules, parseRulesSources, readRulesSources } from '../../operator-rules/index.ts';
import type { Finding } from './finding.ts';
import { ok, warning } from './finding.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { RULES_KEY, rulesName } from './names.ts';
import { RefusedError } from './refused-error.ts';
import type { ServicePlace } from './service-manifests.ts';

const DIRECTORY = '/etc/clusterset-rules';
const VOLUME = 'rules';
/** Of all values of a ConfigMap together; kube-apiserver refuses more. */
const CONFIG_MAP_BYTES_MAX = 1_048_576;
const CONFIG_MAP_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/** Rules of the operator's own that were found good. */
export interface GivenRules {
  /** On the machine of whoever installs. */
  readonly file: string;
  /** Of the ConfigMap. */
  readonly data: Readonly<Record<string, string>>;
  readonly rules: readonly OperatorRule[];
}

/** Refuses a file that the server would refuse, with the place in it. Undefined: no rules are given. */
export async function readGivenRules(file: string | undefined): Promise<GivenRules | undefined> {
  if (file === undefined) return undefined;
  const sources = await readRulesSources(file);
  if (!sources.ok) throw new RefusedError(`--rules: ${sources.error}`);
  const text = parseRulesSources(sources.value);
  if (!text.ok) throw new RefusedError(`--rules: ${text.error}`);
  const set = compileRules(text.value);
  if (!set.ok) throw new RefusedError(`--rules: ${file}:${set.error}`);
  return { file, data: dataOf(file, sources.value), rules: set.value.rules };
}

/** Both files lie beside each other in the ConfigMap, too, so that the rules find their params by the same name. */
function dataOf(file: string, { rules, params }: RulesSources): GivenRules['data'] {
  if (params === undefined) return { [RULES_KEY]: rules };
  if (!CONFIG_MAP_KEY.test(params.name) || params.name === RULES_KEY) {
    throw new RefusedError(
      `--rules: ${file}: paramsFile "${params.name}" must be the name of a file beside it, and not ${RULES_KEY}: both become keys of a ConfigMap`,
    );
  }
  if (Buffer.byteLength(rules) + Buffer.byteLength(params.text) > CONFIG_MAP_BYTES_MAX) {
    throw new RefusedError(
      `--rules: ${file} and ${params.path} together are longer than ${CONFIG_MAP_BYTES_MAX} bytes, which no ConfigMap holds`,
    );
  }
  return { [RULES_KEY]: rules, [params.name]: params.text };
}

/** For whoever asks what an installation may have left behind. */
export const ANY_RULES: GivenRules = { file: 'any', data: {}, rules: [] };

/** The ConfigMap that a server reads its rules from; nothing without rules. */
export function rulesManifests({ namespace, name }: ServicePlace, given: GivenRules | undefined): readonly Manifest[] {
  if (given === undefined) return [];
  const place = { apiVersion: 'v1', kind: 'ConfigMap', name: rulesName(name), namespace };
  return [manifest(place, { data: { ...given.data } })];
}

/** The words by which a server reads a rules file. */
export function rulesArguments(file: string | undefined): readonly string[] {
  return file === undefined ? [] : [`--admission-rules=${file}`];
}

/** What reading the rules from the ConfigMap adds to a Deployment; nothing without rules. */
export interface RulesMount {
  readonly args: readonly string[];
  readonly volumeMounts: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
}

export function rulesMount(name: string, isGiven: boolean): RulesMount {
  if (!isGiven) return { args: [], volumeMounts: [], volumes: [] };
  return {
    args: rulesArguments(`${DIRECTORY}/${RULES_KEY}`),
    // The directory, not the file: a mount of one file would never change.
    volumeMounts: [{ name: VOLUME, mountPath: DIRECTORY, readOnly: true }],
    // Not optional: a pod must not begin without rules that it was told to judge by.
    volumes: [{ name: VOLUME, configMap: { name: rulesName(name) } }],
  };
}

/** What a kube-apiserver asks us about, as far as rules of one kind of action are concerned. */
export interface AskedWrites {
  readonly group: string;
  /** With the subresource, if it is about one. */
  readonly resource: string;
  readonly operations: readonly string[];
  /** Absent: whatever the action. */
  readonly denials?: boolean;
}

/** What was given, and which rules would never be asked. */
export function rulesFindings(given: GivenRules | undefined, asked: readonly AskedWrites[]): readonly Finding[] {
  if (given === undefined) return [];
  const { file, rules } = given;
  return [
    ok('rules', `${file} has ${rules.length} rule(s)`),
    ...rules.flatMap(({ written }) => {
      const unasked = unaskedOf(written, asked);
      return unasked === undefined ? [] : [warning('rules', `rule ${written.name} ${unasked}`)];
    }),
  ];
}

/** Whoever writes `*` means whatever there is; what is named should be there. */
function unaskedOf({ match, action }: WrittenRule, asked: readonly AskedWrites[]): string | undefined {
  const relevant = asked.filter(
    ({ group, denials }) => includes(match.groups, group) && (denials ?? action === 'deny') === (action === 'deny'),
  );
  const matches = (resource: string, operation: string): boolean =>
    relevant.some(
      (one) =>
        (resource === one.resource || (resource === '*' && !one.resource.includes('/'))) &&
        (operation === '*' || one.operations.includes(operation)),
    );
  const pairs = match.resources.flatMap((resource) => match.operations.map((operation) => ({ resource, operation })));
  const missing = pairs.filter(({ resource, operation }) => !matches(resource, operation));
  if (missing.length === 0) return undefined;
  if (missing.length === pairs.length) return 'will never be asked: no webhook is about what it matches';
  const named = missing.map(({ resource, operation }) => `${operation} of ${resource}`).join(', ');
  return `will not be asked about ${named}: no webhook is about that`;
}

function includes(listed: readonly string[], value: string): boolean {
  return listed.includes('*') || listed.includes(value);
}
