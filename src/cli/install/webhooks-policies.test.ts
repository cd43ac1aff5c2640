import { expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { AdmissionWords } from '../program/admission-words.ts';
import type { Manifest } from './manifest.ts';
import type { WebhooksOptions } from './webhooks-plan.ts';
import { policyManifests } from './webhooks-policies.ts';
import { webhooksArguments } from './webhooks-workload.ts';

const OPTIONS: WebhooksOptions = {
  ...{ namespace: 'ours', image: '', member: 'east', failurePolicy: 'Fail', withV1alpha2: false },
  ...{ controllers: [], administrators: [], webhooksUrl: undefined, externalAddress: undefined },
  ...{ certManagerIssuer: undefined, certManagerIssuerKind: 'Issuer' },
};
const NAMES = ['forbiddenNamespaces', 'standardProperties', 'strictClusterSetNames'] as const;

/** What the process is configured to by the words that it is started with. */
function settingsOfWebhooks(words: AdmissionWords): readonly string[] {
  const args = webhooksArguments({ ...OPTIONS, ...words }, { port: 1, hubKubeconfig: undefined, rulesFile: undefined });
  const flags = args.flatMap((arg) => {
    const [, flag = '', value = ''] = /^--([^=]+)=(.*)$/.exec(arg) ?? [];
    return flag === '' ? [] : [[flag, value] as const];
  });
  const config = loadConfiguration('', Object.fromEntries(flags));
  if (!config.ok) throw new Error(config.error);
  return NAMES.map((name) => JSON.stringify(config.value[`admission.${name}`]));
}

function settingsOfPolicies(words: AdmissionWords): readonly string[] {
  const policies = policyManifests({ ...OPTIONS, ...words }).filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  const [first = [], ...more] = policies.map((policy) => NAMES.map((name) => variable(policy, name)));
  for (const other of more) expect(other).toEqual(first);
  return first;
}

function variable({ spec }: Manifest, name: string): string {
  const variables = isJsonObject(spec) && isJsonList(spec['variables']) ? spec['variables'] : [];
  const found = variables.filter(isJsonObject).find((one) => one['name'] === name);
  return textAt(found, 'expression') ?? '';
}

it.each<[string, AdmissionWords, readonly string[]]>([
  ['nothing', {}, ['["kube-system","kube-public","kube-node-lease"]', '[]', 'false']],
  [
    'everything',
    { forbiddenNamespaces: ['a', 'b'], standardProperties: ['c.k8s.io'], strictClusterSetNames: true },
    ['["a","b"]', '["c.k8s.io"]', 'true'],
  ],
  ['that there is none', { forbiddenNamespaces: [] }, ['[]', '[]', 'false']],
])('webhooks and policies judge by the same settings where the words say %s', (_, words, expected) => {
  expect(settingsOfWebhooks(words)).toEqual(expected);
  expect(settingsOfPolicies(words).map((text) => text.replaceAll(', ', ','))).toEqual(expected);
});
