import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { testRules } from './rules-test.ts';

const RULES = `
apiVersion: clusterset-apiserver.dev/v1alpha1
kind: AdmissionRules
rules:
- name: team
  match: { groups: [multicluster.x-k8s.io], resources: [serviceexports], operations: [CREATE] }
  expression: "has(object.metadata.labels)"
  message: name the team
  action: deny
- name: small
  match: { groups: ['*'], resources: ['*'], operations: ['*'] }
  expression: "clusterset.others.size() < 2"
  message: too many
  action: warn
`;

const EXPORT =
  'apiVersion: multicluster.x-k8s.io/v1beta1\nkind: ServiceExport\nmetadata: { name: api, namespace: prod }\n';

async function run(files: Readonly<Record<string, string>>, output: 'text' | 'json' = 'text') {
  let printed = '';
  const code = await testRules(
    {
      access: {
        readFile: (path) => {
          const text = files[path];
          return text === undefined ? Promise.reject(new Error(path)) : Promise.resolve(text);
        },
        readStdin: () => Promise.reject(new Error('no input')),
        listDirectory: () => Promise.resolve(undefined),
      },
      readParams: () => Promise.resolve(undefined),
      print: (text) => {
        printed += text;
      },
    },
    { filename: Object.keys(files), recursive: false, output },
  );
  return { code, printed };
}

test('says what each rule says of each object, and ends with 3 when one is denied', async () => {
  const { code, printed } = await run({ 'rules.yaml': RULES, 'export.yaml': EXPORT });
  expect(code).toBe(3);
  expect(printed).toContain('ServiceExport api   team    deny                 name the team');
  expect(printed).toContain('ServiceExport api   small   ok');
});

test('leaves out, and names, what lies beside and is never asked about', async () => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: cart }\n';
  const { code, printed } = await run({ 'rules.yaml': RULES, 'all.yaml': `${EXPORT}---\n${pod}` });
  expect(code).toBe(3);
  expect(printed).toContain('left out, because nobody asks about them: Pod cart (all.yaml:5)\n');
  await expect(run({ 'rules.yaml': RULES, 'pod.yaml': pod })).rejects.toThrow('no RulesTest and no object that');
});

test('shows rules an object in the version that they see, whichever it is written in', async () => {
  const rules = `
apiVersion: clusterset-apiserver.dev/v1alpha1
kind: AdmissionRules
rules:
- name: port
  match: { groups: [multicluster.x-k8s.io], resources: [serviceimports], operations: [CREATE] }
  expression: "object.spec.ports.all(one, one.port < 1000)"
  message: too high
  action: deny
`;
  const written = (port: number): string =>
    `apiVersion: multicluster.x-k8s.io/v1alpha2\nkind: ServiceImport\nmetadata: { name: a }\nports: [{ port: ${port} }]\n`;
  const { code, printed } = await run({ 'rules.yaml': rules, 'low.yaml': written(80), 'high.yaml': written(8080) });
  expect(code).toBe(3);
  expect(printed.match(/port +(ok|deny|error).*/g)?.map((line) => line.trim())).toEqual([
    'port   ok',
    'port   deny                 too high',
  ]);
});

const CASES = `
apiVersion: clusterset-apiserver.dev/v1alpha1
kind: RulesTest
cases:
- name: unlabelled
  object: { apiVersion: multicluster.x-k8s.io/v1beta1, kind: ServiceExport, metadata: { name: api, namespace: prod } }
  expect: { team: deny, small: ok }
- name: many members
  object: { apiVersion: multicluster.x-k8s.io/v1beta1, kind: ServiceExport, metadata: { name: api, labels: { team: a } } }
  clusterset: { others: [{ name: west }, { name: north }] }
  expect: { team: ok, small: warn }
- name: removal
  oldObject: { apiVersion: multicluster.x-k8s.io/v1beta1, kind: ServiceExport, metadata: { name: api } }
  expect: { team: skipped }
`;

test('holds cases against what they expect', async () => {
  expect((await run({ 'rules.yaml': RULES, 'cases.yaml': CASES })).code).toBe(0);
  const wrong = await run({ 'rules.yaml': RULES, 'cases.yaml': CASES.replace('team: ok', 'team: deny') }, 'json');
  expect(wrong.code).toBe(3);
  const expected = { case: 'many members', rule: 'team', verdict: 'ok', expected: 'deny', failed: true, message: '' };
  expect(JSON.parse(wrong.printed)).toHaveProperty('lines.2', expected);
});

test.each([
  [{ 'export.yaml': EXPORT }, 'no file of kind AdmissionRules is given'],
  [{ 'rules.yaml': RULES }, 'no RulesTest and no object that is asked about is given'],
  [
    { 'rules.yaml': RULES.replace('has(', 'hsa('), 'export.yaml': EXPORT },
    'rules.yaml:7:15: rule team: expression: 1:1',
  ],
  [{ 'rules.yaml': RULES, 'cases.yaml': CASES.replace('{ team: skipped }', '{ teem: ok }') }, 'there is no rule teem'],
  [{ 'rules.yaml': RULES, 'cases.yaml': CASES.replace('clusterset:', 'cluster:') }, 'unknown field "cluster"'],
  [{ 'rules.yaml': RULES, 'pod.yaml': EXPORT.replace('ServiceExport', 'Pod') }, 'resource of Pod is not known'],
])('refuses wrong files (%#)', async (files, problem) => {
  await expect(run(files as Record<string, string>)).rejects.toThrow(problem);
});

test('the example of the documentation gives what is written there', async () => {
  const text = await readFile(new URL('../../../docs/cel.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/```(yaml|text)\n([\s\S]*?)```/g)].map(([, , block = '']) => block);
  const [rules = '', cases = '', shown = ''] = blocks;
  const { code, printed } = await run({ 'rules.yaml': rules, 'cases.yaml': cases });
  expect(printed).toBe(shown);
  expect(code).toBe(0);
});
