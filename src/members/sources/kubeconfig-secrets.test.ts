import { expect, it } from 'vitest';
import type { KubeconfigPolicy } from '../../connection/index.ts';
import { readKubeconfigSecret } from './kubeconfig-secrets.ts';
import { createRegistrationBook } from './registration-book.ts';

const POLICY: KubeconfigPolicy = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false };

function refusal(data: Readonly<Record<string, string>>) {
  const candidate = readKubeconfigSecret({ data }, 'east', { namespace: 'ours', policy: POLICY });
  return createRegistrationBook({ graceMs: 0 }).apply([candidate], 0).refused;
}

it('declares a member that it cannot register', () => {
  const message = 'Secret ours/east: it has no key "kubeconfig"';
  expect(refusal({})).toEqual([{ name: 'east', message, standing: 'declared' }]);
  const kubeconfig = Buffer.from('{').toString('base64');
  expect(refusal({ kubeconfig })).toMatchObject([{ name: 'east', standing: 'declared' }]);
});
