import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { admissionContext, createRequest, memberIdentity } from '../../../test/support/admission.ts';
import { serviceExport } from '../../../test/support/clusterset-objects.ts';
import { loadConfiguration } from '../../config/index.ts';
import { openOperatorJudge } from './operator-rules.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const RULES = {
  apiVersion: 'clusterset-apiserver.dev/v1alpha1',
  kind: 'AdmissionRules',
  rules: ['deny', 'warn', 'audit'].map((action) => ({
    ...{ name: `${action}-others`, action, expression: 'clusterset.others.size() == 0' },
    match: { groups: ['*'], resources: ['*'], operations: ['*'] },
    messageExpression: "'there is ' + clusterset.others[0].name + ' of ' + clusterset.others[0].clusterSet",
    message: 'there are others',
  })),
};

it.each([
  [true, 'there is west of prod'],
  [false, 'there are others'],
])('rules of the installation tell of other clusters as the policy says: %s', async (namesOthers, text) => {
  const directory = await mkdtemp(join(tmpdir(), 'operator-judge-'));
  ends.push(() => rm(directory, { recursive: true }));
  const file = join(directory, 'rules.yaml');
  await writeFile(file, JSON.stringify(RULES));
  const config = loadConfiguration(JSON.stringify({ admission: { rulesFile: file } }), {});
  if (!config.ok) throw new Error(config.error);
  const log = pino({ enabled: false });
  const judge = await openOperatorJudge({ config: config.value, registry: new Registry(), log });
  ends.push(judge.close);
  const context = admissionContext(
    { otherIdentities: () => [memberIdentity('west', { clusterSet: 'prod' })] },
    { namesOthers },
  );
  const subject = {
    ...{ group: 'multicluster.x-k8s.io', version: 'v1beta1', resource: 'serviceexports', kind: 'ServiceExport' },
  };
  const decision = await judge.judge(
    { request: createRequest(serviceExport()), context, subject, effect: undefined },
    () => ({ type: 'allow', warnings: [], failures: [] }),
  );
  expect(decision).toMatchObject({
    type: 'deny',
    causes: [{ message: `Forbidden: ${text}` }],
    warnings: [text],
    auditAnnotations: { 'audit-others': text },
  });
});
