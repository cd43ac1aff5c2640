import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseClusterId } from '../kube/cluster-id.ts';
import {
  CLUSTER_LABEL,
  CLUSTERSET_LABEL,
  EXPORT_LABEL,
  EXPORT_NAME_ANNOTATION,
  SERVICE_ANNOTATION,
} from '../kube/domain.ts';
import type { ObjectMeta } from '../kube/object.ts';
import { projectMetadata } from './projected-metadata.ts';
import { SERVICE_EXPORT_KEYS } from './service-export.ts';
import { unprojectAppliedMetadata, unprojectMetadata, unprojectNewMetadata } from './unprojected-metadata.ts';

const parsed = parseClusterId('east');
if (!parsed.ok) throw new Error(parsed.error);
const EAST = parsed.value;

const ORIGIN: ObjectMeta = {
  name: 'api',
  namespace: 'prod',
  uid: 'member-uid',
  resourceVersion: '77',
  generation: 3,
  creationTimestamp: '2026-11-20T10:00:00Z',
  labels: { team: 'blue', [EXPORT_LABEL]: 'of-the-member' },
  annotations: { note: 'x', [EXPORT_NAME_ANNOTATION]: 'also-of-the-member' },
  finalizers: ['foregroundDeletion', 'example.com/hold', 'orphan'],
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'u' }],
};

function shownOf(origin: ObjectMeta): ObjectMeta {
  const identity = { cluster: EAST, rowName: `east.${origin.name}`, uid: 'row-uid', clusterSet: 'blue', service: '{}' };
  return { ...projectMetadata(origin, identity, SERVICE_EXPORT_KEYS), resourceVersion: '4096' };
}

function unproject(wanted: ObjectMeta, origin = ORIGIN): ReturnType<typeof unprojectMetadata> {
  return unprojectMetadata(wanted, { shown: shownOf(origin), origin }, SERVICE_EXPORT_KEYS);
}

function fieldsOf(outcome: ReturnType<typeof unprojectMetadata>): readonly string[] {
  return outcome.ok ? [] : outcome.error.map(({ field }) => field);
}

const keyPart = fc.constantFrom(
  'a',
  'b',
  EXPORT_LABEL,
  CLUSTERSET_LABEL,
  EXPORT_NAME_ANNOTATION,
  SERVICE_ANNOTATION,
  'toString',
);
const map = fc.dictionary(keyPart, fc.string({ maxLength: 5 }));

test('a row that is written as it is shown is the object of the member', () => {
  const finalizers = fc.array(fc.constantFrom('foregroundDeletion', 'orphan', 'x.io/a', 'x.io/b'), { maxLength: 4 });
  fc.assert(
    fc.property(map, map, finalizers, (labels, annotations, names) => {
      const origin: ObjectMeta = {
        ...ORIGIN,
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
        finalizers: [...new Set(names)],
      };
      expect(unproject(shownOf(origin), origin)).toEqual({ ok: true, value: origin });
    }),
  );
});

describe('a changed row', () => {
  it('may bring back what was read of the Service before it changed', () => {
    const shown = shownOf(ORIGIN);
    const wanted = { ...shown, annotations: { ...shown.annotations, [SERVICE_ANNOTATION]: '{"type":"NodePort"}' } };
    expect(unproject(wanted)).toEqual({ ok: true, value: ORIGIN });
  });

  it('changes in the member what was changed and nothing else', () => {
    const shown = shownOf(ORIGIN);
    const wanted = { ...shown, labels: { ...shown.labels, extra: '1' } };
    expect(unproject(wanted)).toEqual({
      ok: true,
      value: { ...ORIGIN, labels: { team: 'blue', extra: '1', [EXPORT_LABEL]: 'of-the-member' } },
    });
  });

  it('may leave out what rows add', () => {
    const wanted = { ...shownOf(ORIGIN), labels: { team: 'blue' }, annotations: { note: 'x' } };
    expect(unproject(wanted)).toEqual({ ok: true, value: ORIGIN });
  });

  it('keeps the finalizers that are not shown beside its own', () => {
    const outcome = unproject({ ...shownOf(ORIGIN), finalizers: ['example.com/other'] });
    expect(outcome.ok && outcome.value.finalizers).toEqual(['foregroundDeletion', 'orphan', 'example.com/other']);
  });

  it.each([
    ['the label with the cluster', { labels: { [CLUSTER_LABEL]: 'west' } }, `metadata.labels[${CLUSTER_LABEL}]`],
    ['the label with the name', { labels: { [EXPORT_LABEL]: 'web' } }, `metadata.labels[${EXPORT_LABEL}]`],
    ['the label with the set', { labels: { [CLUSTERSET_LABEL]: 'red' } }, `metadata.labels[${CLUSTERSET_LABEL}]`],
    [
      'the annotation with the name',
      { annotations: { [EXPORT_NAME_ANNOTATION]: 'web' } },
      `metadata.annotations[${EXPORT_NAME_ANNOTATION}]`,
    ],
    ['an owner', { ownerReferences: ORIGIN.ownerReferences ?? [] }, 'metadata.ownerReferences'],
    ["the garbage collector's finalizer", { finalizers: ['orphan'] }, 'metadata.finalizers'],
  ])('is refused when it changes %s', (_what, change, field) => {
    expect(fieldsOf(unproject({ ...shownOf(ORIGIN), ...change }))).toEqual([field]);
  });
});

describe('a new row', () => {
  it('takes a saved row without what rows add', () => {
    const outcome = unprojectNewMetadata(shownOf(ORIGIN), { cluster: EAST, name: 'api' }, SERVICE_EXPORT_KEYS);
    expect(outcome.ok && [outcome.value.name, outcome.value.labels, outcome.value.annotations]).toEqual([
      'api',
      { team: 'blue' },
      { note: 'x' },
    ]);
    expect(outcome.ok && 'uid' in outcome.value).toBe(false);
  });

  it('is refused when its labels name another cluster', () => {
    const wanted = { name: 'east.api', labels: { [CLUSTER_LABEL]: 'west' } };
    expect(fieldsOf(unprojectNewMetadata(wanted, { cluster: EAST, name: 'api' }, SERVICE_EXPORT_KEYS))).toEqual([
      `metadata.labels[${CLUSTER_LABEL}]`,
    ]);
  });
});

describe('an applied configuration', () => {
  const unprojectApplied = (metadata: Parameters<typeof unprojectAppliedMetadata>[0]): unknown =>
    unprojectAppliedMetadata(metadata, { cluster: EAST, name: 'api' }, SERVICE_EXPORT_KEYS);

  it('owns nothing of what rows add', () => {
    const labels = { [CLUSTER_LABEL]: 'east', team: 'blue' };
    const annotations = { [EXPORT_NAME_ANNOTATION]: 'api' };
    expect(unprojectApplied({ name: 'east.api', labels, annotations })).toEqual({
      ok: true,
      value: { name: 'api', labels: { team: 'blue' } },
    });
  });

  it('may say that a map is empty', () => {
    expect(unprojectApplied({ name: 'east.api', labels: {} })).toEqual({
      ok: true,
      value: { name: 'api', labels: {} },
    });
  });

  it.each([
    ['another cluster', { labels: { [CLUSTER_LABEL]: 'west' } }],
    ['another export', { labels: { [EXPORT_LABEL]: 'web' } }],
    ['another name', { annotations: { [EXPORT_NAME_ANNOTATION]: 'web' } }],
  ])('is refused when it names %s', (_what, metadata) => {
    expect(unprojectApplied({ name: 'east.api', ...metadata })).toMatchObject({ ok: false });
  });

  it('is refused with owners', () => {
    expect(unprojectApplied({ name: 'east.api', ownerReferences: [{ name: 'x' }] })).toMatchObject({ ok: false });
  });
});
