import { describe, expect, it } from 'vitest';
import { judgeService, serviceState, warningsOf } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { serviceExists } from './service-exists.ts';

describe('service-exists', () => {
  it.each([
    [
      'absent',
      { type: 'absent' } as const,
      ['No Service prod/api in cluster east: Valid will be False (NoService) until there is one'],
    ],
    [
      'being deleted',
      { type: 'terminating' } as const,
      ['Service prod/api in cluster east is being deleted: Valid will be False (NoService)'],
    ],
    ['present', serviceState(), []],
    ['not known', { type: 'unknown' } as const, []],
  ])('when the Service is %s', (_, state, warnings) => {
    expect(warningsOf(judgeService(serviceExists, serviceExport(), state))).toEqual(warnings);
  });

  it('says so of a name that the member is to generate, without asking for it', () => {
    const nameless = { ...serviceExport(), metadata: { ...serviceExport().metadata, name: '', generateName: 'api-' } };
    expect(warningsOf(judgeService(serviceExists, nameless, { type: 'unknown' }))).toEqual([
      'No Service has the generated name in cluster east: Valid will be False (NoService) until there is one',
    ]);
  });
});
