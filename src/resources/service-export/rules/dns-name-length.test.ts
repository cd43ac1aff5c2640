import { describe, expect, it } from 'vitest';
import { judgeService, serviceState, warningsOf } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import type { ServiceState } from '../../../clusterset/index.ts';
import { dnsNameLength } from './dns-name-length.ts';

const HEADLESS = serviceState({ headless: true });

/** `.east.<name>.<namespace>.svc.clusterset.local` leaves host names of 63 characters with 162 in these two. */
function judge(characters: number, state: ServiceState = HEADLESS): readonly string[] {
  const names = { name: 'n'.repeat(characters - 63), namespace: 's'.repeat(63) };
  return warningsOf(judgeService(dnsNameLength, serviceExport(names), state));
}

describe('dns-name-length', () => {
  it('says how long host names of pods may be once that is less than a host name can have', () => {
    const [warning] = judge(126 + 37);
    expect(warning).toMatch(/^DNS names in s{63}\/n+ exceed 253 characters for pods whose host name has more than 62$/);
  });

  it('has nothing to say while every host name fits', () => {
    expect(judge(126 + 36)).toEqual([]);
    expect(warningsOf(judgeService(dnsNameLength, serviceExport(), HEADLESS))).toEqual([]);
  });

  it.each([
    ['that is not headless', serviceState()],
    ['that does not exist', { type: 'absent' } as const],
    ['that is not known', { type: 'unknown' } as const],
  ])('has nothing to say about a Service %s', (_, state) => {
    expect(judge(200, state)).toEqual([]);
  });
});
