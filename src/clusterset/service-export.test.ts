import { describe, expect, it } from 'vitest';
import { clusterId, serviceExport } from '../../test/support/clusterset-objects.ts';
import { parseJson, stringifyJson } from '../kube/json.ts';
import { isJsonObject, type JsonObject, type KubeObject, type ObjectMeta } from '../kube/object.ts';
import { projectServiceExport, type ServiceExportInput } from './service-export.ts';

const NOW = '2026-02-01T00:00:00Z';

function project(object: KubeObject, more: Partial<ServiceExportInput> = {}): KubeObject {
  const input: ServiceExportInput = {
    cluster: clusterId('east'),
    serviceExport: object,
    uid: '22222222-2222-5222-8222-222222222222',
    clusterSet: 'blue',
    service: undefined,
    validity: { status: 'True', reason: 'Valid', message: 'Service can be exported.' },
    conflict: { status: 'False', reason: 'NoConflicts', message: 'All exporting clusters agree.' },
    ...more,
  };
  return projectServiceExport(input, { previous: [], now: NOW }).object;
}

const metadataOf = (metadata: Partial<ObjectMeta>, more: Partial<ServiceExportInput> = {}) =>
  project(serviceExport(metadata), more).metadata;

/** The row's conditions in their order, as `type status message`. */
function conditionsOf(status: JsonObject | undefined, more: Partial<ServiceExportInput> = {}): readonly string[] {
  const row = project(serviceExport({}, status === undefined ? {} : { status }), more);
  const conditions = isJsonObject(row.status) ? row.status['conditions'] : undefined;
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(isJsonObject).map((condition) => texts(condition).join(' '));
}

function texts(condition: JsonObject): readonly string[] {
  const parts = [condition['type'], condition['status'], condition['message']];
  return parts.filter((part) => typeof part === 'string');
}

describe('metadata of a row', () => {
  it('gets the name, the uid and our keys, and loses the resourceVersion', () => {
    expect(metadataOf({ resourceVersion: '7', labels: { app: 'x' }, annotations: { note: 'y' } })).toEqual({
      name: 'east.api',
      namespace: 'prod',
      uid: '22222222-2222-5222-8222-222222222222',
      creationTimestamp: '2026-01-05T10:00:00Z',
      generation: 1,
      labels: {
        app: 'x',
        'clusterset-apiserver.dev/cluster': 'east',
        'clusterset-apiserver.dev/export': 'api',
        'clusterset-apiserver.dev/clusterset': 'blue',
      },
      annotations: { note: 'y', 'clusterset-apiserver.dev/export-name': 'api' },
    });
  });

  it('hides what the member has under our keys', () => {
    const { labels, annotations } = metadataOf(
      {
        labels: { 'clusterset-apiserver.dev/cluster': 'west', 'clusterset-apiserver.dev/clusterset': 'red' },
        annotations: { 'clusterset-apiserver.dev/export-name': 'z', 'clusterset-apiserver.dev/owner-references': 'z' },
      },
      { clusterSet: undefined },
    );
    expect(labels).toEqual({ 'clusterset-apiserver.dev/cluster': 'east', 'clusterset-apiserver.dev/export': 'api' });
    expect(annotations).toEqual({ 'clusterset-apiserver.dev/export-name': 'api' });
  });

  it('labels names of up to 63 characters and annotates all', () => {
    const fits = metadataOf({ name: 'a'.repeat(63) });
    expect(fits.labels?.['clusterset-apiserver.dev/export']).toBe('a'.repeat(63));
    const long = metadataOf({ name: 'a'.repeat(64) });
    expect(long.labels).not.toHaveProperty('clusterset-apiserver.dev/export');
    expect(long.annotations?.['clusterset-apiserver.dev/export-name']).toBe('a'.repeat(64));
  });

  it('does not label a ClusterSet whose id is no label value', () => {
    expect(metadataOf({}, { clusterSet: 'x'.repeat(64) }).labels).not.toHaveProperty(
      'clusterset-apiserver.dev/clusterset',
    );
  });

  it('moves ownerReferences into an annotation', () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' };
    const metadata = metadataOf({ ownerReferences: [owner] });
    expect(metadata).not.toHaveProperty('ownerReferences');
    expect(JSON.parse(metadata.annotations?.['clusterset-apiserver.dev/owner-references'] ?? '')).toEqual([owner]);
  });

  it('passes finalizers but those of the garbage collector', () => {
    expect(metadataOf({ finalizers: ['example.com/a', 'foregroundDeletion', 'orphan'] }).finalizers).toEqual([
      'example.com/a',
    ]);
    expect(metadataOf({ finalizers: ['orphan'] })).not.toHaveProperty('finalizers');
  });

  it('passes the times of creation and deletion, generation and managedFields', () => {
    const metadata: Partial<ObjectMeta> = {
      deletionTimestamp: NOW,
      deletionGracePeriodSeconds: 0,
      generation: 7,
      managedFields: [{ manager: 'kubectl', operation: 'Update' }],
    };
    expect(metadataOf(metadata)).toMatchObject(metadata);
  });
});

describe('content of a row', () => {
  it('keeps unknown fields and exact integers', () => {
    const text =
      '{"apiVersion":"multicluster.x-k8s.io/v1beta1","kind":"ServiceExport","metadata":{"name":"api","namespace":"prod",' +
      '"uid":"u","later":{"x":1}},"spec":{"later":9007199254740993},"status":{"later":[true]},"more":1}';
    const object = parseJson(text) as KubeObject;
    const row = parseJson(stringifyJson(project(object)));
    expect(stringifyJson(project(object))).toContain('"spec":{"later":9007199254740993}');
    expect(row).toMatchObject({ more: 1, status: { later: [true] }, metadata: { later: { x: 1 } } });
  });

  it('survives malformed parts', () => {
    const odd: unknown = {
      ...serviceExport({}, {}),
      metadata: { name: 'api', labels: 'x', annotations: [1], finalizers: 'y', ownerReferences: 'z', generation: 'a' },
      spec: 7,
      status: 'odd',
    };
    const row = project(odd as KubeObject);
    expect(row.metadata.name).toBe('east.api');
    expect(row.status).toMatchObject({ conditions: [{ type: 'Valid' }, { type: 'Ready' }, { type: 'Conflict' }] });
  });
});

describe('conditions of a row', () => {
  const reported = (type: string, status: string) => ({ type, status, message: 'm' });

  it('are ours while nobody reports', () => {
    expect(conditionsOf(undefined)).toEqual([
      'Valid True Service can be exported.',
      'Ready Unknown No controller of this cluster reports whether the export is ready.',
      'Conflict False All exporting clusters agree.',
    ]);
  });

  it("take Ready from the member's own controller", () => {
    expect(conditionsOf({ conditions: [reported('Ready', 'False')] })).toEqual([
      'Valid True Service can be exported.',
      'Conflict False All exporting clusters agree.',
      'Ready False m',
    ]);
  });

  it('show a reported verdict beside ours only where its status differs', () => {
    const same = { conditions: [reported('Valid', 'True'), reported('Conflict', 'False')] };
    expect(conditionsOf(same)).toHaveLength(3);
    const different = { conditions: [reported('Valid', 'False'), reported('Conflict', 'True')] };
    expect(conditionsOf(different).slice(3)).toEqual([
      'reported.clusterset-apiserver.dev/Valid False m',
      'reported.clusterset-apiserver.dev/Conflict True m',
    ]);
  });

  it('have no Conflict for an export that is not valid, but still what the member reports', () => {
    const conditions = conditionsOf({ conditions: [reported('Conflict', 'False')] }, { conflict: undefined });
    expect(conditions.slice(2)).toEqual(['reported.clusterset-apiserver.dev/Conflict False m']);
  });

  it('pass other types on, once each, and never take our own output back in', () => {
    const conditions = [
      reported('example.com/Synced', 'True'),
      reported('example.com/Synced', 'False'),
      reported('reported.clusterset-apiserver.dev/Valid', 'False'),
      { status: 'True' },
      'odd',
    ];
    expect(conditionsOf({ conditions }).slice(3)).toEqual(['example.com/Synced True m']);
  });

  it('carry the generation that was read', () => {
    expect(project(serviceExport({ generation: 4 })).status).toMatchObject({
      conditions: [{ observedGeneration: 4 }, { observedGeneration: 4 }, { observedGeneration: 4 }],
    });
  });
});
