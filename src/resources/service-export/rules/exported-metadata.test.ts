import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admissionContext, causesOf, createRequest } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { ANNOTATIONS_BYTES_MAX, readExportedMetadata } from '../../../clusterset/index.ts';
import type { JsonObject } from '../../../kube/object.ts';
import { exportedMetadata } from './exported-metadata.ts';
import { reservedKeys } from './reserved-keys.ts';

function judge(spec: JsonObject | undefined): readonly string[] {
  const object = serviceExport({}, spec === undefined ? {} : { spec });
  return causesOf(exportedMetadata.evaluate(createRequest(object), admissionContext()));
}

describe('exported-metadata', () => {
  it.each([
    ['no spec', undefined],
    ['no maps', {}],
    ['empty maps', { exportedLabels: {}, exportedAnnotations: {} }],
    ['legal labels', { exportedLabels: { tier: 'web', 'example.com/a': '', ['k'.repeat(63)]: 'v'.repeat(63) } }],
    ['legal annotations', { exportedAnnotations: { 'Example.com/Runbook': 'any text\n' } }],
    ['annotations of just the limit', { exportedAnnotations: { a: 'x'.repeat(ANNOTATIONS_BYTES_MAX - 1) } }],
    ['what the schema refuses', { exportedLabels: ['a b'], exportedAnnotations: { 'a b': 1 } }],
  ])('allows %s', (_, spec) => {
    expect(judge(spec)).toEqual([]);
  });

  it.each([
    [
      'a label key',
      { exportedLabels: { 'a b': 'x' } },
      ['spec.exportedLabels[a b]: Invalid value: "a b": name part must consist of'],
    ],
    [
      'a label value',
      { exportedLabels: { a: '-' } },
      ['spec.exportedLabels[a]: Invalid value: "-": a valid label must be an empty string or consist of'],
    ],
    [
      'a label value of 64 characters',
      { exportedLabels: { a: 'v'.repeat(64) } },
      [`spec.exportedLabels[a]: Invalid value: "${'v'.repeat(64)}": must be no more than 63 bytes`],
    ],
    [
      'an annotation key',
      { exportedAnnotations: { '/a': '' } },
      ['spec.exportedAnnotations[/a]: Invalid value: "/a": prefix part must be non-empty'],
    ],
    [
      'annotations above the limit',
      { exportedAnnotations: { a: 'x'.repeat(ANNOTATIONS_BYTES_MAX - 3), b: 'yy' } },
      ['spec.exportedAnnotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'annotations above the limit in UTF-8',
      { exportedAnnotations: { ab: '€'.repeat(87_381) } },
      ['spec.exportedAnnotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'several at once',
      { exportedLabels: { '': 'x' }, exportedAnnotations: { 'a/b/c': '' } },
      [
        'spec.exportedLabels[]: Invalid value: "": name part must be non-empty',
        'spec.exportedLabels[]: Invalid value: "": name part must consist of',
        'spec.exportedAnnotations[a/b/c]: Invalid value: "a/b/c": a valid label key must consist of',
      ],
    ],
  ])('denies %s', (_, spec, starts) => {
    const causes = judge(spec);
    expect(causes.map((cause, index) => cause.slice(0, starts[index]?.length))).toEqual(starts);
  });

  it('and reserved-keys deny exactly what the merge would leave out', () => {
    const key = fc.oneof(
      fc.constantFrom('a', 'a b', 'x/a', 'X/a', '/a', 'kubernetes.io/a', 'Kubernetes.io/a', '__proto__', 'toString'),
      fc.string({ maxLength: 70 }),
    );
    const map = fc.dictionary(key, fc.oneof(fc.constantFrom('', 'v', 'a b'), fc.string({ maxLength: 70 })));
    fc.assert(
      fc.property(map, map, (exportedLabels, exportedAnnotations) => {
        const object = serviceExport({}, { spec: { exportedLabels, exportedAnnotations } });
        const causes = [exportedMetadata, reservedKeys].flatMap((rule) =>
          causesOf(rule.evaluate(createRequest(object), admissionContext())),
        );
        const fields = readExportedMetadata(object).dropped.map(({ field, key: name }) => `spec.${field}[${name}]: `);
        expect(fields.filter((field) => !causes.some((cause) => cause.startsWith(field)))).toEqual([]);
        expect(causes.filter((cause) => !fields.some((field) => cause.startsWith(field)))).toEqual([]);
      }),
    );
  });
});
