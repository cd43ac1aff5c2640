import { describe, expect, it } from 'vitest';
import { DEFAULT_CREATED, service, serviceExport } from '../../test/support/clusterset-objects.ts';
import { reasons } from '../../test/support/exporters.ts';
import { isJsonObject, type JsonObject } from '../kube/object.ts';
import { completeService, completeServiceExport } from './supposed-object.ts';

const NOW = '2026-01-09T15:00:00Z';
/** What kube-apiserver shows of a plain Service in a single-stack cluster. */
const SHOWN = {
  type: 'ClusterIP',
  clusterIP: '10.0.0.1',
  clusterIPs: ['10.0.0.1'],
  ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }],
  sessionAffinity: 'None',
  internalTrafficPolicy: 'Cluster',
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
};

function complete(spec: JsonObject, existing?: JsonObject): JsonObject {
  const manifest = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api', namespace: 'prod' }, spec };
  const whole = completeService(manifest, existing === undefined ? undefined : service(existing)).spec;
  return isJsonObject(whole) ? whole : {};
}

const families = (spec: JsonObject, existing?: JsonObject) => complete(spec, existing)['ipFamilies'];

describe('completeService', () => {
  it('makes a manifest agree with what another cluster shows of the same manifest', () => {
    const manifest = { ports: [{ name: 'http', port: 80 }], selector: { app: 'api' } };
    expect(reasons({ east: { spec: SHOWN }, west: { spec: complete(manifest) } })).toEqual([]);
    expect(reasons({ west: { spec: complete(manifest) }, east: { spec: SHOWN } })).toEqual([]);
  });

  it('fills in the timeout of an affinity and drops the configuration of none', () => {
    const hours = { clientIP: { timeoutSeconds: 10_800 } };
    expect(complete({ sessionAffinity: 'ClientIP' })['sessionAffinityConfig']).toEqual(hours);
    expect(complete({ sessionAffinity: 'ClientIP', sessionAffinityConfig: {} })['sessionAffinityConfig']).toEqual(
      hours,
    );
    expect(complete({ sessionAffinityConfig: hours })['sessionAffinityConfig']).toBeNull();
    const own = { clientIP: { timeoutSeconds: 60 } };
    expect(complete({ sessionAffinity: 'ClientIP', sessionAffinityConfig: own })['sessionAffinityConfig']).toEqual(own);
  });

  it('changes nothing that the rules read of a whole Service', () => {
    const { ipFamilyPolicy, ...rest } = SHOWN;
    expect(complete(SHOWN)).toEqual({ ...rest, ipFamilyPolicy, sessionAffinityConfig: null });
    expect(families({ ...SHOWN, ipFamilyPolicy: 'PreferDualStack' })).toEqual(['IPv4']);
  });

  it('keeps the cluster IP, so that a headless Service stays headless', () => {
    expect(complete({}, { clusterIP: 'None' })['clusterIP']).toBe('None');
    expect(complete({ clusterIP: '' }, { clusterIP: 'None' })['clusterIP']).toBe('None');
    expect(complete({}, { clusterIP: 'None', type: 'ExternalName' })['clusterIP']).toBeUndefined();
    expect(complete({ clusterIP: 'None' }, { clusterIP: '10.0.0.1' })['clusterIP']).toBe('None');
  });

  it('gives an ExternalName Service no defaults of others', () => {
    expect(complete({ type: 'ExternalName', externalName: 'x' })).toEqual({ type: 'ExternalName', externalName: 'x' });
  });

  const selector = { app: 'api' };
  it.each<{ name: string; spec: JsonObject; existing?: JsonObject; expected: readonly string[] | null }>([
    { name: 'unknown in a new Service', spec: { selector }, expected: null },
    { name: 'as given', spec: { selector, ipFamilies: ['IPv6'] }, expected: ['IPv6'] },
    {
      name: 'as they were',
      spec: { selector },
      existing: { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' },
      expected: ['IPv6', 'IPv4'],
    },
    {
      name: 'both when both are required',
      spec: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'RequireDualStack' },
      expected: ['IPv6', 'IPv4'],
    },
    {
      name: 'both when a single-stack Service begins to require them',
      spec: { ipFamilyPolicy: 'RequireDualStack' },
      existing: SHOWN,
      expected: ['IPv4', 'IPv6'],
    },
    {
      name: 'unknown when a new Service requires both: their order is',
      spec: { ipFamilyPolicy: 'RequireDualStack' },
      expected: null,
    },
    {
      name: 'the first when it becomes single-stack',
      spec: { ipFamilyPolicy: 'SingleStack' },
      existing: { ipFamilies: ['IPv6', 'IPv4'] },
      expected: ['IPv6'],
    },
    {
      name: 'unknown when both begin to be preferred',
      spec: { ipFamilyPolicy: 'PreferDualStack' },
      existing: SHOWN,
      expected: null,
    },
    {
      name: 'both for headless without a selector',
      spec: { clusterIP: 'None', ipFamilies: ['IPv4'] },
      expected: ['IPv4', 'IPv6'],
    },
    { name: 'unknown for headless without a family', spec: { clusterIP: 'None' }, expected: null },
  ])('has IP families $name', ({ spec, existing, expected }) => {
    expect(families(spec, existing)).toEqual(expected);
  });

  it('keeps nothing of a Service that is being deleted', () => {
    const going = service({ clusterIP: 'None', ipFamilies: ['IPv4'] }, { deletionTimestamp: NOW });
    const { spec } = completeService(service({ clusterIP: '' }), going);
    expect(spec).toMatchObject({ clusterIP: '', ipFamilies: null });
  });
});

describe('completeServiceExport', () => {
  const bare = serviceExport({ creationTimestamp: null });

  it('makes a new export now', () => {
    expect(completeServiceExport(NOW)(bare, undefined).metadata.creationTimestamp).toBe(NOW);
  });

  it('keeps the age of one that is there, and that it is being deleted', () => {
    const existing = serviceExport({ deletionTimestamp: NOW });
    expect(completeServiceExport(NOW)(bare, existing).metadata).toMatchObject({
      creationTimestamp: DEFAULT_CREATED,
      deletionTimestamp: NOW,
    });
  });

  it('believes the age that the member itself says', () => {
    const answered = serviceExport({ creationTimestamp: '2026-01-09T14:00:00Z' });
    expect(completeServiceExport(NOW)(answered, undefined).metadata).not.toHaveProperty('deletionTimestamp');
    expect(completeServiceExport(NOW)(answered, serviceExport()).metadata.creationTimestamp).toBe(
      '2026-01-09T14:00:00Z',
    );
  });
});
