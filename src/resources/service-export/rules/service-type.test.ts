import { describe, expect, it } from 'vitest';
import { judgeService, serviceState, warningsOf } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { serviceType } from './service-type.ts';

describe('service-type', () => {
  it.each(['ExternalName', 'Future'])('warns that %s is not exported', (type) => {
    expect(warningsOf(judgeService(serviceType, serviceExport(), serviceState({ serviceType: type })))).toEqual([
      `Not exported: type of Service prod/api is ${type}, Valid will be False (InvalidServiceType)`,
    ]);
  });

  it.each(['ClusterIP', 'NodePort', 'LoadBalancer'])('has nothing to say about %s', (type) => {
    expect(warningsOf(judgeService(serviceType, serviceExport(), serviceState({ serviceType: type })))).toEqual([]);
  });

  it.each(['absent', 'terminating', 'unknown'] as const)('has nothing to say when the Service is %s', (type) => {
    expect(warningsOf(judgeService(serviceType, serviceExport(), { type }))).toEqual([]);
  });
});
