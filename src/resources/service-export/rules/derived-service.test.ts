import { describe, expect, it } from 'vitest';
import { judgeService, serviceState } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { derivedService } from './derived-service.ts';

describe('derived-service', () => {
  it('forbids the export of what is itself an import', () => {
    const object = serviceExport({ name: 'derived-a2v4k9sqn6' });
    expect(judgeService(derivedService, object, serviceState({ imported: true }))).toEqual({
      type: 'forbid',
      because: 'Service prod/derived-a2v4k9sqn6 in cluster east is itself an import',
    });
  });

  it.each([
    ['an ordinary Service', serviceState()],
    ['no Service', { type: 'absent' } as const],
    ['a Service that is being deleted', { type: 'terminating' } as const],
    ['a Service that is not known', { type: 'unknown' } as const],
  ])('allows the export of %s', (_, state) => {
    expect(judgeService(derivedService, serviceExport(), state)).toEqual({ type: 'allow', warnings: [] });
  });
});
