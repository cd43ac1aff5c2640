import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { openOperatorRules, type OperatorRules } from './operator-rules.ts';
import type { RuleQuestion } from './question.ts';

const HEAD = 'apiVersion: clusterset-apiserver.dev/v1alpha1\nkind: AdmissionRules\n';

function rule(name: string, expression: string, action = 'deny'): string {
  return `- name: ${name}
  match: { groups: ['*'], resources: ['*'], operations: ['*'] }
  expression: "${expression}"
  message: ${name} says no
  action: ${action}
`;
}

const QUESTION: RuleQuestion = {
  object: { metadata: { name: 'web' }, list: Array.from({ length: 400 }, (_, index) => index) },
  oldObject: null,
  request: {
    operation: 'CREATE',
    resource: { group: 'example.com', version: 'v1', resource: 'things' },
  },
  namespaceObject: null,
  clusterset: { others: [] },
  namesOthers: true,
};

/** Three loops in each other end at the limit of steps, long after the limit of time. */
const SLOW = Array.from({ length: 40 }, () => '(object.list.all(a, object.list.all(b, a + b >= 0)))').join(' && ');

let directory: string;
let file: string;
let opened: OperatorRules | undefined;
let told: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'operator-rules-'));
  file = join(directory, 'rules.yaml');
  told = [];
});

afterEach(async () => {
  await opened?.close();
  opened = undefined;
  await rm(directory, { recursive: true });
});

async function openRules(body: string): Promise<OperatorRules> {
  await writeFile(file, HEAD + body);
  opened = await openOperatorRules(file, {
    monotonic: () => performance.now(),
    onLoaded: (rules) => told.push(`loaded ${String(rules)}`),
    onProblem: (problem, inForce) => told.push(problem === undefined ? 'good' : `broken, ${inForce} in force`),
    onAnswer: (name, action, result) => told.push(`${name} ${action} ${result}`),
    onFailure: (reason) => told.push(`thread ${reason}`),
    rereadMs: 10,
  });
  return opened;
}

test('rules deny, warn and note, each with its own answer', async () => {
  const rules = await openRules(
    `rules:\n${rule('first', 'false')}${rule('second', 'false', 'warn')}${rule('third', 'false', 'audit')}${rule('fourth', 'true')}`,
  );
  expect(await rules.judge(() => QUESTION, undefined)).toEqual({
    causes: [{ field: 'metadata.name', reason: 'FieldValueForbidden', message: 'Forbidden: first says no' }],
    warnings: ['second says no'],
    audit: { third: 'third says no' },
    unavailable: undefined,
  });
  expect((await rules.judge(() => QUESTION, 'deny')).warnings).toEqual([]);
  expect((await rules.judge(() => QUESTION, 'warn')).causes).toEqual([]);
  // Those that deny are asked beside the others.
  expect(told.slice(0, 5).toSorted()).toEqual([
    ...['first deny spoke', 'fourth deny silent', 'loaded 4', 'second warn spoke', 'third audit spoke'],
  ]);
});

test('a rule that takes too long or costs too much is an error, and the others are judged', async () => {
  const rules = await openRules(`rules:\n${rule('slow', SLOW)}${rule('quick', 'false', 'warn')}`);
  const decision = await rules.judge(() => QUESTION, undefined);
  // Which of the two bounds is met first depends on the machine.
  expect(decision.causes).toHaveLength(1);
  expect(decision.causes[0]?.message).toMatch(
    /resulted in error: (evaluation took longer than 100 ms and was ended|operation cancelled: actual cost limit exceeded)$/,
  );
  expect(decision.warnings).toEqual(['quick says no']);
  expect(told).toContain('slow deny error');
});

test('slow rules that only advise keep nobody waiting whose write a rule may deny', async () => {
  const rules = await openRules(`rules:\n${rule('slow', SLOW, 'warn')}${rule('quick', 'false')}`);
  const answered: string[] = [];
  const ask = async (effect: 'deny' | 'warn'): Promise<void> => {
    await rules.judge(() => QUESTION, effect);
    answered.push(effect);
  };
  await Promise.all([ask('warn'), ask('warn'), ask('warn'), ask('deny')]);
  expect(answered).toEqual(['deny', 'warn', 'warn', 'warn']);
});

test('a write whose caller has gone is not judged', async () => {
  const rules = await openRules(`rules:\n${rule('any', 'false')}`);
  const { causes, unavailable } = await rules.judge(
    () => QUESTION,
    'deny',
    () => false,
  );
  expect(causes).toEqual([]);
  expect(unavailable).toBeDefined();
  expect(told).toContain('thread abandoned');
});

/** In one step: a file that is read while it is half written would be one more broken file. */
async function putWhole(text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

test('a changed file is loaded; a broken one keeps the rules before, and says so once', async () => {
  const rules = await openRules(`rules:\n${rule('old', 'false')}`);
  const says = async (): Promise<readonly string[]> =>
    (await rules.judge(() => QUESTION, undefined)).causes.map(({ message }) => message);
  expect(await says()).toEqual(['Forbidden: old says no']);

  await putWhole(`${HEAD}rules:\n${rule('new', 'fasle')}`);
  await eventually('the file to be read', () =>
    expect(rules.problem()).toMatch(/rules\.yaml:6:15: rule new: expression: 1:1: undeclared/),
  );
  expect(await says()).toEqual(['Forbidden: old says no']);

  await rm(file);
  await eventually('the file to be read', () =>
    expect(rules.problem()).toMatch(/rules\.yaml cannot be read \(ENOENT\)$/),
  );
  expect(await says()).toEqual(['Forbidden: old says no']);

  await putWhole(`${HEAD}rules:\n${rule('new', 'false')}`);
  await eventually('the file to be read', () => expect(rules.problem()).toBeUndefined());
  expect(await says()).toEqual(['Forbidden: new says no']);
  expect(told.filter((line) => /^(broken|good|loaded)/.test(line))).toEqual([
    'loaded 1',
    'broken, before in force',
    'broken, before in force',
    'good',
    'loaded 1',
  ]);
});

test('params come from a file beside the rules, and are read again too', async () => {
  await writeFile(join(directory, 'params.yaml'), 'allowed: [web]');
  const rules = await openRules(
    `paramsFile: params.yaml\nrules:\n${rule('named', 'object.metadata.name in params.allowed')}`,
  );
  expect((await rules.judge(() => QUESTION, undefined)).causes).toEqual([]);
  await writeFile(join(directory, 'params.yaml'), 'allowed: [api]');
  await eventually('the params to be read', async () =>
    expect((await rules.judge(() => QUESTION, undefined)).causes).toHaveLength(1),
  );
});

/** As the kubelet changes a volume of a ConfigMap: a new directory, then one switch of the link that leads to it. */
async function switchVolume(state: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(directory, state));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, state, name), text);
  await symlink(state, join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), join(directory, '..data'));
}

test('rules in the volume of a ConfigMap are followed, never with the params of another state', async () => {
  const rules = (names: string): string =>
    `${HEAD}paramsFile: params.yaml\nrules:\n${rule('named', `object.metadata.name in params.${names}`)}`;
  const files = (names: string): Readonly<Record<string, string>> => ({
    'rules.yaml': rules(names),
    'params.yaml': `${names}: [web]`,
  });
  for (const name of ['rules.yaml', 'params.yaml']) await symlink(`..data/${name}`, join(directory, name));
  await switchVolume('..1', files('first'));
  const followed = await openOperatorRules(file, {
    monotonic: () => performance.now(),
    onLoaded: () => told.push('loaded'),
    onProblem: () => told.push('broken'),
    onAnswer: (_name, _action, result) => told.push(result),
    onFailure: () => undefined,
    rereadMs: 1,
  });
  opened = followed;
  for (const [index, names] of ['second', 'third', 'fourth'].entries()) {
    await switchVolume(`..${index + 2}`, files(names));
    await rm(join(directory, `..${index + 1}`), { recursive: true });
    await eventually('the new state to be in force', () =>
      expect(told.filter((line) => line === 'loaded')).toHaveLength(index + 2),
    );
    expect((await followed.judge(() => QUESTION, undefined)).causes).toEqual([]);
  }
  expect(told).not.toContain('broken');
  expect(told).not.toContain('error');
});

test('a file that is broken at the start refuses nothing, warns, and is taken when it is mended', async () => {
  const rules = await openRules('rules: 1');
  expect(rules.problem()).toContain('rules.yaml:3:8: "rules" must be array');
  expect((await rules.judge(() => QUESTION, 'deny')).causes).toEqual([]);
  expect(await rules.judge(() => QUESTION, 'warn')).toMatchObject({
    ...{ causes: [], unavailable: undefined },
    warnings: ['not checked: the file with the rules of this installation is broken'],
  });
  await putWhole(`${HEAD}rules:\n${rule('mended', 'false')}`);
  await eventually('the file to be read', () => expect(rules.problem()).toBeUndefined());
  const { causes, warnings } = await rules.judge(() => QUESTION, undefined);
  expect(causes.map(({ message }) => message)).toEqual(['Forbidden: mended says no']);
  expect(warnings).toEqual([]);
  expect(told.slice(0, 3)).toEqual(['broken, none in force', 'good', 'loaded 1']);
});

test('writes that find the queue full are answered at once', async () => {
  const rules = await openRules(`rules:\n${rule('any', 'true')}`);
  const decisions = await Promise.all(Array.from({ length: 257 }, () => rules.judge(() => QUESTION, undefined)));
  expect(decisions.filter(({ unavailable }) => unavailable !== undefined)).toHaveLength(1);
  expect(told).toContain('thread full');
});
