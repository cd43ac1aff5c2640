import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admissionContext,
  createRequest,
  deleteRequest,
  serviceState,
  updateRequest,
} from '../../test/support/admission.ts';
import { serviceExport } from '../../test/support/clusterset-objects.ts';
import { fieldInvalid } from '../kube/api-errors.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../kube/object.ts';
import { type AdmissionContext, type AdmissionRule, allow, denyFor, forbid, subjectOf } from './admission.ts';
import { CAUSES_MAX, evaluateRules, WARNING_CHARACTERS_MAX, WARNINGS_CHARACTERS_MAX } from './evaluate-rules.ts';
import { serviceExport as definition } from './service-export/definition.ts';

const EVERY_OPERATION = ['CREATE', 'UPDATE', 'DELETE'] as const;
const CONTEXT = admissionContext();
const DELETING = { deletionTimestamp: '2026-01-05T10:00:00Z', finalizers: ['example.com/a'] };

function rule(name: string, evaluate: AdmissionRule['evaluate']): AdmissionRule {
  return { name, operations: EVERY_OPERATION, effects: ['deny', 'warn'], evaluate };
}

/** Denies for each key of exportedLabels. */
const noLabels = rule('no-labels', (request) => denyFor(labelsOf(subjectOf(request)).map(toCause)));
const forbidding = rule('forbidding', () => forbid('it is Sunday'));
const broken = rule('broken', () => {
  throw new Error('bug');
});
const warning = (...texts: readonly string[]): AdmissionRule => rule('warning', () => allow(...texts));

function labelled(...keys: readonly string[]): KubeObject {
  return serviceExport({}, { spec: { exportedLabels: Object.fromEntries(keys.map((key) => [key, ''])) } });
}

function labelsOf({ spec }: KubeObject): readonly string[] {
  const labels = isJsonObject(spec) ? spec['exportedLabels'] : undefined;
  return isJsonObject(labels) ? Object.keys(labels) : [];
}

function toCause(key: string) {
  return fieldInvalid(`spec.exportedLabels[${key}]`, key, 'no');
}

describe('evaluateRules', () => {
  it('gathers every cause and every warning, in the order of the rules', () => {
    const rules = [warning('second rule first', 'then this'), noLabels, warning('last'), noLabels];
    expect(evaluateRules(rules, createRequest(labelled('a', 'b')), CONTEXT)).toEqual({
      type: 'deny',
      causes: ['a', 'b', 'a', 'b'].map(toCause),
      warnings: ['second rule first', 'then this', 'last'],
    });
  });

  it('allows with warnings', () => {
    expect(evaluateRules([noLabels, warning('careful')], createRequest(labelled()), CONTEXT)).toEqual({
      type: 'allow',
      warnings: ['careful'],
      failures: [],
    });
  });

  it('forbids rather than denies, with all sentences', () => {
    expect(evaluateRules([noLabels, forbidding, forbidding], createRequest(labelled('a')), CONTEXT)).toEqual({
      type: 'forbid',
      because: 'it is Sunday; it is Sunday',
      warnings: [],
    });
  });

  it('runs only the rules of the operation', () => {
    const onCreate: AdmissionRule = { ...forbidding, operations: ['CREATE'] };
    expect(evaluateRules([onCreate], createRequest(labelled()), CONTEXT).type).toBe('forbid');
    expect(evaluateRules([onCreate], updateRequest(labelled(), labelled('a')), CONTEXT).type).toBe('allow');
  });

  it('reports a rule that throws, whatever the others say', () => {
    expect(evaluateRules([forbidding, broken], createRequest(labelled()), CONTEXT)).toEqual({
      type: 'fail',
      failure: { rule: 'broken', error: new Error('bug') },
    });
  });
});

describe('an update', () => {
  it('is not denied for faults that the object had already', () => {
    expect(evaluateRules([noLabels], updateRequest(labelled('a', 'b'), labelled('a', 'b')), CONTEXT).type).toBe(
      'allow',
    );
    expect(evaluateRules([forbidding], updateRequest(labelled(), labelled('a')), CONTEXT).type).toBe('allow');
  });

  it('is denied again by a rule that is not about the object', () => {
    const always: AdmissionRule = { ...forbidding, ratchets: false };
    expect(evaluateRules([always], updateRequest(labelled(), labelled('a')), CONTEXT).type).toBe('forbid');
  });

  it('is denied for the new ones only', () => {
    expect(evaluateRules([noLabels], updateRequest(labelled('a'), labelled('a', 'b')), CONTEXT)).toMatchObject({
      type: 'deny',
      causes: [toCause('b')],
    });
  });

  it('of an object that is being deleted passes, so that finalizers can go', () => {
    const request = updateRequest(serviceExport(DELETING), serviceExport({ ...DELETING, finalizers: [] }));
    expect(evaluateRules([noLabels, forbidding, broken], request, CONTEXT).type).toBe('allow');
  });

  it('of an object that is being deleted is judged where it changes more than metadata', () => {
    const after = { ...serviceExport({ ...DELETING, finalizers: [] }), spec: labelled('a').spec ?? {} };
    expect(evaluateRules([noLabels], updateRequest(serviceExport(DELETING), after), CONTEXT).type).toBe('deny');
  });
});

describe('a deletion', () => {
  it('is warned about, and bugs are reported but do not stop it', () => {
    expect(evaluateRules([broken, warning('gone')], deleteRequest(labelled('a')), CONTEXT)).toEqual({
      type: 'allow',
      warnings: ['gone'],
      failures: [{ rule: 'broken', error: new Error('bug') }],
    });
  });

  it('is refused by rules about deletions only', () => {
    const { type } = evaluateRules([forbidding], deleteRequest(labelled('a')), CONTEXT);
    expect(type).toBe('forbid');
    const onCreate: AdmissionRule = { ...forbidding, operations: ['CREATE', 'UPDATE'] };
    expect(evaluateRules([onCreate], deleteRequest(labelled('a')), CONTEXT).type).toBe('allow');
  });
});

describe('warnings', () => {
  const warningsOf = (texts: readonly string[], context: AdmissionContext = CONTEXT): readonly string[] => {
    const decision = evaluateRules([warning(...texts)], createRequest(labelled()), context);
    return decision.type === 'fail' ? [] : decision.warnings;
  };

  it('can be switched off, denials cannot', () => {
    const silent = admissionContext({}, { warnings: false });
    expect(warningsOf(['careful'], silent)).toEqual([]);
    expect(evaluateRules([noLabels], createRequest(labelled('a')), silent).type).toBe('deny');
  });

  it('are told once, in ASCII, and cut at the length that kube-apiserver always keeps', () => {
    expect(warningsOf(['same', 'same', 'caf\u00e9\n'])).toEqual(['same', 'caf??']);
    const fits = 'x'.repeat(WARNING_CHARACTERS_MAX);
    expect(warningsOf([fits])).toEqual([fits]);
    expect(warningsOf([`${fits}x`])).toEqual([`${fits.slice(0, -3)}...`]);
  });

  it('end where the header of a response is full', () => {
    const many = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(WARNING_CHARACTERS_MAX, 'x'));
    expect(warningsOf(many)).toHaveLength(Math.floor(WARNINGS_CHARACTERS_MAX / WARNING_CHARACTERS_MAX));
  });
});

it('tells a bounded number of causes', () => {
  const keys = Array.from({ length: CAUSES_MAX + 1 }, (_, index) => `k${index}`);
  const decision = evaluateRules([noLabels], createRequest(labelled(...keys)), CONTEXT);
  expect(decision.type === 'deny' && decision.causes.length).toBe(CAUSES_MAX);
});

/** Any JSON object: no field has to be what it should be. */
function parsed(value: unknown): KubeObject {
  return JSON.parse(JSON.stringify(value)) as KubeObject;
}

describe('the rules of ServiceExport', () => {
  const anything = fc.oneof(
    fc.dictionary(fc.constantFrom('metadata', 'spec', 'other'), fc.jsonValue()).map(parsed),
    fc.constantFrom({}, { metadata: null, spec: null }, { metadata: {}, spec: { exportedLabels: null } }).map(parsed),
    fc
      .record({
        metadata: fc.record({ name: fc.jsonValue(), namespace: fc.jsonValue(), deletionTimestamp: fc.jsonValue() }),
        spec: fc.record({ exportedLabels: fc.jsonValue(), exportedAnnotations: fc.jsonValue() }),
      })
      .map(parsed),
  );
  const context = admissionContext(
    { serviceIn: () => serviceState({ headless: true, serviceType: 'ExternalName', internalTrafficPolicy: 'Local' }) },
    { forbiddenNamespaces: ['kube-system'], warnedNamespaces: ['default'] },
  );

  it('never throw, whatever the object is', () => {
    fc.assert(
      fc.property(anything, anything, (oldObject, object) => {
        for (const request of [createRequest(object), updateRequest(oldObject, object), deleteRequest(oldObject)]) {
          const decision = evaluateRules(definition.rules, request, context);
          expect(decision.type).not.toBe('fail');
          if (decision.type === 'allow') expect(decision.failures).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('allow what they denied once every finding is gone', () => {
    const key = fc.oneof(fc.constantFrom('a', 'a b', '/a', 'kubernetes.io/a', 'x/a/b'), fc.string({ maxLength: 70 }));
    const map = fc.dictionary(key, fc.oneof(fc.constantFrom('', 'ok', '-'), fc.string({ maxLength: 70 })));
    const name = fc.constantFrom('api', 'a.b', 'A', 'a'.repeat(64));
    fc.assert(
      fc.property(map, map, name, (exportedLabels, exportedAnnotations, exportName) => {
        const object = serviceExport({ name: exportName }, { spec: { exportedLabels, exportedAnnotations } });
        const decision = evaluateRules(definition.rules, createRequest(object), context);
        const fields = decision.type === 'deny' ? decision.causes.map(({ field }) => field) : [];
        const corrected = serviceExport(
          { name: fields.includes('metadata.name') ? 'api' : exportName },
          {
            spec: {
              exportedLabels: withoutFields(exportedLabels, 'exportedLabels', fields),
              exportedAnnotations: withoutFields(exportedAnnotations, 'exportedAnnotations', fields),
            },
          },
        );
        expect(evaluateRules(definition.rules, createRequest(corrected), context).type).toBe('allow');
        // And an update that keeps all faults is not denied for them.
        expect(evaluateRules(definition.rules, updateRequest(object, object), context).type).toBe('allow');
      }),
    );
  });

  it('have names of their own', () => {
    const names = definition.rules.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

function withoutFields(map: JsonObject, field: string, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !fields.includes(`spec.${field}[${key}]`)));
}
