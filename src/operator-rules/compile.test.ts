import { describe, expect, test } from 'vitest';
import { compileRules } from './compile.ts';
import { askRules } from './evaluate.ts';
import { concernedRules, type RuleQuestion } from './question.ts';

const HEAD = 'apiVersion: clusterset-apiserver.dev/v1alpha1\nkind: AdmissionRules\n';

const RULE = `
- name: team
  match: { groups: [multicluster.x-k8s.io], resources: [serviceexports], operations: [CREATE] }
  expression: has(object.metadata.labels) && 'team' in object.metadata.labels
  message: name the team
  action: deny
`;

function compile(body: string, params?: null): ReturnType<typeof compileRules> {
  return compileRules({ rules: HEAD + body, params });
}

test.each([
  ['rules: [}', /^3:9: /],
  ['rules: []\nextra: 1', '4:1: unknown field "extra"'],
  ['rule: []', '1:1: "rules" is missing'],
  ['rules: []\nrules: []', /^4:1: Map keys must be unique/],
  [`rules:${RULE}  colour: red`, '9:3: unknown field "rules.0.colour"'],
  [`rules:${RULE.replace('deny', 'refuse')}`, '8:11: "rules.0.action" must be one of ["deny","warn","audit"]'],
  [`rules:${RULE.replace('  action: deny\n', '')}`, '4:3: "rules.0.action" is missing'],
  [`rules:${RULE}${RULE}`, '10:9: rule team: name: the name is taken'],
  [
    `rules:${RULE.replace('in object.metadata.labels', 'in object.metadata.lables')}`,
    "6:15: rule team: expression: 1:57: undefined field 'lables'",
  ],
  [`rules:${RULE.replace(/has.*/, '"object.metadata.name"')}`, '6:15: rule team: expression: must give true or false'],
  [
    `rules:${RULE.replace('operations: [CREATE]', 'operations: [CREATE], objectSelector: { matchLabels: { "a b": c } }')}`,
    /^5:\d+: rule team: match.objectSelector: a b: /,
  ],
  [
    `rules: []\nvariables:\n- name: a\n  expression: object.metadata.name +`,
    /^6:15: variable a: expression: 1:22: syntax error/,
  ],
  ['rules: []\nparams: {}\nparamsFile: a.yaml', '5:13: "params" and "paramsFile" exclude each other'],
  ['rules: &a []\nparams: *a', /^1:1: /],
])('%.40j is refused', (body, problem) => {
  const outcome = compile(body);
  expect(outcome.ok).toBe(false);
  const text = outcome.ok ? '' : outcome.error;
  if (typeof problem === 'string') expect(text).toBe(problem);
  else expect(text).toMatch(problem);
});

test('another version or kind is refused', () => {
  const outcome = compileRules({ rules: 'apiVersion: v1\nkind: AdmissionRules\nrules: []', params: undefined });
  expect(outcome).toEqual({ ok: false, error: '1:13: "apiVersion" must be "clusterset-apiserver.dev/v1alpha1"' });
});

function question(more: Partial<RuleQuestion> = {}): RuleQuestion {
  return {
    object: { metadata: { name: 'web', namespace: 'shop' } },
    oldObject: null,
    request: {
      operation: 'CREATE',
      namespace: 'shop',
      resource: { group: 'multicluster.x-k8s.io', version: 'v1beta1', resource: 'serviceexports' },
    },
    namespaceObject: { metadata: { name: 'shop', labels: { tier: 'gold' } } },
    clusterset: null,
    namesOthers: true,
    ...more,
  };
}

function rulesOf(body: string): Extract<ReturnType<typeof compileRules>, { ok: true }>['value'] {
  const set = compile(body);
  if (!set.ok) throw new Error(set.error);
  return set.value;
}

test('a rule says its message when its expression is false, and why when it cannot be evaluated', () => {
  const set = rulesOf(`params: { teams: [a] }
variables:
- { name: team, expression: "object.metadata.labels.team" }
rules:${RULE}
- name: known
  match: { groups: ['*'], resources: ['*'], operations: ['*'] }
  expression: variables.team in params.teams
  messageExpression: "'team ' + variables.team + ' of ' + object.metadata.name + ' is not known'"
  action: warn
`);
  const labelled = (team: string): RuleQuestion =>
    question({ object: { metadata: { name: 'web', labels: { team } } } });
  const ask = (asked: RuleQuestion): unknown => [0, 1].map((index) => askRules(set, asked)(index).message);
  expect(ask(labelled('a'))).toEqual([undefined, undefined]);
  expect(ask(labelled('b'))).toEqual([undefined, 'team b of web is not known']);
  expect(ask(question())).toEqual([
    'name the team',
    "expression 'variables.team in params.teams' resulted in error: no such key: labels",
  ]);
});

test.each([
  ['{ groups: [multicluster.x-k8s.io], resources: [serviceexports], operations: [CREATE] }', true],
  ['{ groups: [about.k8s.io], resources: ["*"], operations: ["*"] }', false],
  ['{ groups: ["*"], resources: [serviceimports], operations: ["*"] }', false],
  ['{ groups: ["*"], resources: [serviceexports/status], operations: ["*"] }', false],
  ['{ groups: ["*"], resources: ["*"], operations: [UPDATE, DELETE] }', false],
  ['{ groups: ["*"], resources: ["*"], operations: ["*"], namespaceSelector: { matchLabels: { tier: gold } } }', true],
  ['{ groups: ["*"], resources: ["*"], operations: ["*"], namespaceSelector: { matchLabels: { tier: tin } } }', false],
  [
    '{ groups: ["*"], resources: ["*"], operations: ["*"], namespaceSelector: { matchExpressions: [{ key: kubernetes.io/metadata.name, operator: NotIn, values: [shop] }] } }',
    false,
  ],
  [
    '{ groups: ["*"], resources: ["*"], operations: ["*"], objectSelector: { matchExpressions: [{ key: a, operator: Exists }] } }',
    false,
  ],
  [
    '{ groups: ["*"], resources: ["*"], operations: ["*"], objectSelector: { matchExpressions: [{ key: a, operator: DoesNotExist }] } }',
    true,
  ],
])('the match %.90s of a new export in namespace shop: %s', (match, expected) => {
  const set = rulesOf(`rules:${RULE.replace(/match: .*/, `match: ${match}`)}`);
  expect(concernedRules(set, question())).toEqual(expected ? [0] : []);
});

function about(resources: string, expression: string, groups = 'multicluster.x-k8s.io'): string {
  return `
- name: typed
  match: { groups: [${groups}], resources: [${resources}], operations: ['*'] }
  expression: ${expression}
  message: no
  action: deny
`;
}

const EXPORT = 'multicluster.x-k8s.io/v1beta1, Kind=ServiceExport';
const IMPORT = 'multicluster.x-k8s.io/v1beta1, Kind=ServiceImport';

test.each([
  [about('serviceexports', "has(object.spec.exportedLabels) && 'a' in object.spec.exportedLabels"), undefined],
  [about('serviceexports', 'has(object.spec.exportedLables)'), `1:1: undefined field 'exportedLables' (${EXPORT})`],
  [about('serviceexports', 'has(oldObject.spec.ports)'), `1:1: undefined field 'ports' (${EXPORT})`],
  [about('"serviceexports/status", serviceexports', 'has(object.sepc)'), `1:1: undefined field 'sepc' (${EXPORT})`],
  [about('serviceimports', 'object.spec.ports.all(one, one.port > 79)'), undefined],
  [
    about('serviceimports', "object.spec.ports.all(one, one.port > '79')"),
    `1:37: found no matching overload for '_>_' applied to '(int, string)' (${IMPORT})`,
  ],
  [about('serviceimports', 'object.spec.type'), `must give true or false (${IMPORT})`],
  // About several kinds, or about one that is not known: only what every object has.
  [about('serviceexports, serviceimports', 'has(object.spec.anything)'), undefined],
  [about('serviceexports', 'has(object.spec.anything)', "'*'"), undefined],
  [about('serviceexports', 'has(object.spec.anything)', 'multicluster.x-k8s.io, about.k8s.io'), undefined],
  [about("'*'", 'has(object.spec.anything)'), undefined],
  [about('services', 'has(object.spec.anything)', "''"), undefined],
  // On purpose.
  [about('serviceexports', 'has(dyn(object).spec.anything)'), undefined],
])('of a rule about one kind the fields of that kind are known: %s', (rule, problem) => {
  const outcome = compile(`rules:${rule}`);
  expect(outcome.ok ? undefined : outcome.error).toBe(
    problem === undefined ? undefined : `6:15: rule typed: expression: ${problem}`,
  );
});

const NAMED = `variables:
- { name: labels, expression: 'object.spec.exportedLabels' }
- { name: team, expression: variables.labels.team }
- { name: ports, expression: object.spec.ports }
`;

test('a named expression has to fit the kinds of the rules that read it, and no others', () => {
  const reads = (resource: string, name: string): string => about(resource, `variables.${name} == variables.${name}`);
  const both = `${reads('serviceexports', 'team')}${reads('serviceimports', 'ports').replace('typed', 'other')}`;
  expect(compile(`${NAMED}rules:${both}`).ok).toBe(true);
  const wrong = compile(`${NAMED}rules:${reads('serviceimports', 'team')}`);
  expect(wrong).toMatchObject({
    error: `4:31: variable labels: expression: 1:12: undefined field 'exportedLabels' (${IMPORT}, in rule typed)`,
  });
});

test('numbers are what the schema of the kind says', () => {
  const set = rulesOf(`rules:${about('serviceimports', 'object.spec.ports.all(one, type(one.port) == int)')}`);
  const object = { metadata: { name: 'web', namespace: 'shop' }, spec: { ports: [{ port: 80 }] } };
  expect(askRules(set, question({ object }))(0)).toEqual({ message: undefined, isError: false });
});

test('what is read of the ClusterSet is known beforehand', () => {
  expect(rulesOf(`rules:${RULE}`).readsClusterSet).toBe(false);
  const reads = RULE.replace(/expression: .*/, 'expression: clusterset.others.size() < 3');
  expect(rulesOf(`rules:${reads}`).readsClusterSet).toBe(true);
});

describe('a caller who may not be told of other clusters', () => {
  const OTHERS = { others: [{ name: 'west', clusterID: 'w', clusterSet: 'prod', reachable: true }] };
  const RULES = [
    { expression: 'false', messageExpression: 'clusterset.others[0].name', message: 'another cluster' },
    { expression: 'false', messageExpression: 'variables.text', message: 'others' },
    { expression: 'false', messageExpression: "string(variables['text'])", message: 'others' },
    { expression: 'clusterset.others.size() == 0', messageExpression: 'variables.names' },
    { expression: "{'a': true}[clusterset.others[0].name]", message: 'm' },
    { expression: 'clusterset.others.size() == 0', messageExpression: "variables.own + ' is wrong'" },
    { expression: "{'a': true}[object.metadata.name]", message: 'm' },
  ];
  const VARIABLES = [
    { name: 'names', expression: "clusterset.others.map(one, one.name).join(', ')" },
    { name: 'text', expression: "'also ' + variables.names" },
    { name: 'own', expression: 'object.metadata.name' },
  ];
  const match = { groups: ['*'], resources: ['*'], operations: ['*'] };
  const named = RULES.map((rule, index) => ({ name: `r${String(index)}`, match, action: 'deny', ...rule }));
  const set = rulesOf(`variables: ${JSON.stringify(VARIABLES)}\nrules: ${JSON.stringify(named)}`);
  const messagesFor = (namesOthers: boolean): readonly (string | undefined)[] => {
    const ask = askRules(set, question({ clusterset: OTHERS, namesOthers }));
    return set.rules.map((_, index) => ask(index).message);
  };

  test('reads what was written instead of what tells of them', () => {
    expect(messagesFor(false)).toEqual([
      'another cluster',
      'others',
      'others',
      'failed expression: clusterset.others.size() == 0',
      "expression '{'a': true}[clusterset.others[0].name]' resulted in error: it is about other clusters and not told here",
      'web is wrong',
      "expression '{'a': true}[object.metadata.name]' resulted in error: no such key: web",
    ]);
  });

  test('is the only one who does', () => {
    expect(messagesFor(true)).toEqual([
      ...['west', 'also west', 'also west', 'west'],
      "expression '{'a': true}[clusterset.others[0].name]' resulted in error: no such key: west",
      'web is wrong',
      "expression '{'a': true}[object.metadata.name]' resulted in error: no such key: web",
    ]);
  });
});
