import { expect, it } from 'vitest';
import { kubeconfigChoices } from './kubeconfig-choice.ts';

const OWN = '.clusterset/kubeconfig';
const EXAMPLE = '.clusterset/embedded/kubeconfig';
const HOME = '/home/jane/.kube/config';

it.each([
  ['the named one', 'a', { KUBECONFIG: 'b' }, [OWN, HOME], ['a']],
  ['those of KUBECONFIG', undefined, { KUBECONFIG: 'b::c' }, [OWN, HOME], ['b', 'c']],
  ['that of a stand-alone server', undefined, { KUBECONFIG: '' }, [OWN, EXAMPLE, HOME], [OWN]],
  ['that of the embedded example', undefined, {}, [EXAMPLE, HOME], [EXAMPLE]],
  ['that of kubectl', undefined, {}, [HOME], [HOME]],
  ['none', undefined, {}, [], []],
] as const)('takes %s', async (...[, named, env, existing, expected]) => {
  const fileExists = (file: string): Promise<boolean> => Promise.resolve(existing.some((one) => one === file));
  expect(await kubeconfigChoices(named, { env, homeDirectory: '/home/jane', fileExists })).toEqual(expected);
});
