import { describe, expect, it } from 'vitest';
import { admissionContext, causesOf, createRequest } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import type { JsonObject } from '../../../kube/object.ts';
import { reservedKeys } from './reserved-keys.ts';

function judge(spec: JsonObject): readonly string[] {
  return causesOf(reservedKeys.evaluate(createRequest(serviceExport({}, { spec })), admissionContext()));
}

describe('reserved-keys', () => {
  it.each([
    ['exportedLabels', 'service.kubernetes.io/headless'],
    ['exportedLabels', 'multicluster.kubernetes.io/service-name'],
    ['exportedLabels', 'clusterset-apiserver.dev/cluster'],
    ['exportedAnnotations', 'kubectl.kubernetes.io/last-applied-configuration'],
    ['exportedAnnotations', 'Kubernetes.io/A'],
  ])('refuses in %s the key %s', (map, key) => {
    expect(judge({ [map]: { [key]: 'x', tier: 'web' } })).toEqual([
      `spec.${map}[${key}]: Forbidden: the key is reserved for Kubernetes and multi-cluster controllers`,
    ]);
  });

  it.each([
    ['exportedLabels', 'app.kubernetes.io/name'],
    ['exportedAnnotations', 'service.kubernetes.io/topology-mode'],
    ['exportedAnnotations', 'example.com/kubernetes.io'],
  ])('leaves in %s the key %s to exporters', (map, key) => {
    expect(judge({ [map]: { [key]: 'x' } })).toEqual([]);
  });

  it('names every such key', () => {
    const reserved = { 'kubernetes.io/a': '', 'kubernetes.io/b': '' };
    expect(judge({ exportedLabels: reserved, exportedAnnotations: reserved })).toHaveLength(4);
  });
});
