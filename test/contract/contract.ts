import { afterAll, beforeAll, describe } from 'vitest';
import type { ServedResource } from '../../apiservice/types.ts';
import { describeErrors } from './error-contract.ts';
import { describeReads } from './read-contract.ts';
import type { ContractTarget } from './target.ts';
import { describeWatches } from './watch-contract.ts';

/**
 * Holds a running API to the contract of kube-apiserver: every verb, form and error of every version of every resource in
 * `served`. Everything goes through plain HTTP, so the target may be anywhere.
 */
export function describeContract(
  name: string,
  served: readonly ServedResource[],
  startTarget: () => Promise<ContractTarget>,
): void {
  describe(name, () => {
    let target: ContractTarget | undefined;
    const running = (): ContractTarget => {
      if (target === undefined) throw new Error('the target did not start');
      return target;
    };
    beforeAll(async () => {
      target = await startTarget();
    });
    afterAll(() => target?.close());

    for (const one of served) {
      for (const version of one.definition.versions) {
        describe(`${one.definition.resource} in ${one.group}/${version.name}`, () => {
          const subjectOf = () => ({ served: one, version, target: running() });
          describeReads(subjectOf);
          describeWatches(subjectOf);
          describeErrors(subjectOf);
        });
      }
    }
  });
}
