import { describe, expect, it } from 'vitest';
import { admissionContext, updateRequest, userNamed } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { evaluateRules } from '../../evaluate-rules.ts';
import { statusWriters } from './status-writers.ts';

const NAMED = { controllers: ['mcs'], administrators: ['root'] };
const BEFORE = serviceExport({}, { status: { conditions: [] } });
const AFTER = serviceExport({}, { status: { conditions: [{ type: 'Valid' }] } });

function judge(name: string, { policy = NAMED, after = AFTER, subresource = 'status', groups = [''] } = {}): string {
  const request = updateRequest(BEFORE, after, { subresource, user: userNamed(name, groups) });
  const decision = evaluateRules([statusWriters], request, admissionContext({}, policy));
  return decision.type === 'forbid' ? decision.because : decision.type;
}

describe('status-writers', () => {
  it('keeps everybody else out', () => {
    expect(judge('jane')).toBe('the status of a ServiceExport is written by the MCS implementation only');
  });

  it.each(['mcs', 'root', 'system:kube-controller-manager'])('lets %s write', (name) => {
    expect(judge(name)).toBe('allow');
  });

  it('lets service accounts of kube-system write', () => {
    expect(judge('system:serviceaccount:kube-system:any', { groups: ['system:serviceaccounts:kube-system'] })).toBe(
      'allow',
    );
  });

  it('is silent while no controller is named, and where the status stays', () => {
    expect(judge('jane', { policy: { controllers: [], administrators: [] } })).toBe('allow');
    expect(judge('jane', { after: BEFORE })).toBe('allow');
  });

  it('looks at the status only', () => {
    expect(judge('jane', { subresource: '' })).toBe('allow');
  });
});
