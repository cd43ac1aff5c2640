import { describe, expect, it } from 'vitest';
import { judgeService, serviceState, warningsOf } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { internalTraffic } from './internal-traffic.ts';

describe('internal-traffic', () => {
  it('warns that Local keeps clients on their node', () => {
    const state = serviceState({ internalTrafficPolicy: 'Local' });
    expect(warningsOf(judgeService(internalTraffic, serviceExport(), state))).toEqual([
      'internalTrafficPolicy Local of Service prod/api: where it is in force, endpoints of other clusters are never used',
    ]);
  });

  it.each([
    ['Cluster', serviceState({ internalTrafficPolicy: 'Cluster' })],
    ['nothing', serviceState()],
    ['no Service', { type: 'absent' } as const],
    ['an unknown Service', { type: 'unknown' } as const],
  ])('has nothing to say about %s', (_, state) => {
    expect(warningsOf(judgeService(internalTraffic, serviceExport(), state))).toEqual([]);
  });
});
