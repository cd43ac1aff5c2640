import { describe, expect, it } from 'vitest';
import { admissionContext, createRequest } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import type { AdmissionPolicy, Verdict } from '../../admission.ts';
import { allowedNamespace } from './allowed-namespace.ts';

const POLICY = { forbiddenNamespaces: ['kube-system', 'secret'], warnedNamespaces: ['default'] };

function judge(namespace: string, policy: Partial<AdmissionPolicy> = POLICY): Verdict {
  return allowedNamespace.evaluate(createRequest(serviceExport({ namespace })), admissionContext({}, policy));
}

describe('allowed-namespace', () => {
  it.each(['kube-system', 'secret'])('forbids exports from %s', (namespace) => {
    const because = `exports from namespace ${namespace} are not allowed by the policy of this ClusterSet`;
    expect(judge(namespace)).toEqual({ type: 'forbid', because });
  });

  it('warns of exports from a namespace on the other list', () => {
    expect(judge('default')).toEqual({
      type: 'allow',
      warnings: [
        'Exports from namespace default are discouraged: same namespace and name mean the same service everywhere',
      ],
    });
  });

  it.each(['prod', 'kube-system-2', 'kube'])('allows exports from %s', (namespace) => {
    expect(judge(namespace)).toEqual({ type: 'allow', warnings: [] });
  });

  it('knows no other list than the policy', () => {
    const policy = { forbiddenNamespaces: [], warnedNamespaces: [] };
    for (const namespace of ['kube-system', 'default']) {
      expect(judge(namespace, policy)).toEqual({ type: 'allow', warnings: [] });
    }
  });
});
