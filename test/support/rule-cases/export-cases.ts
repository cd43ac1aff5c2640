import type { JsonObject, ObjectMeta } from '../../../src/kube/object.ts';
import { LABEL_SYNTAX } from '../../../src/kube/label-syntax.ts';
import { serviceExport } from '../clusterset-objects.ts';
import type { RuleCase } from './rule-case.ts';

const LABEL = 'exportedLabels';
const ANNOTATION = 'exportedAnnotations';
const RESERVED = 'Forbidden: the key is reserved for Kubernetes and multi-cluster controllers';
const { nameRule, valueRule, subdomainRule, keyRule } = LABEL_SYNTAX;

function exported(spec: JsonObject, metadata: Partial<ObjectMeta> = {}) {
  return serviceExport(metadata, { spec });
}

function labels(map: JsonObject) {
  return exported({ [LABEL]: map });
}

function annotations(map: JsonObject) {
  return exported({ [ANNOTATION]: map });
}

function created(name: string, object: RuleCase['object'], says: Partial<RuleCase> = {}): RuleCase {
  return { name, resource: 'serviceexports', ...(object === undefined ? {} : { object }), ...says };
}

function invalidKey(map: string, key: string, rule: string): Partial<RuleCase> {
  return { invalid: `spec.${map}[${key}]: Invalid value: "${key}": ${rule}` };
}

const badName = (name: string, rule: string): RuleCase =>
  created(`the name ${name}`, exported({}, { name }), {
    invalid: `metadata.name: Invalid value: "${name}": no Service can have this name: ${rule}`,
  });

const NAMES: readonly RuleCase[] = [
  badName('a.b', 'must not contain dots'),
  badName('a'.repeat(64), 'must be no more than 63 bytes'),
  created('the longest name', exported({}, { name: 'a'.repeat(63) })),
  created('a name that begins with a digit', exported({}, { name: '1api' }), {
    warnings: ['Name "1api" is no RFC 1035 label: clusters before Kubernetes 1.36 refuse a Service of that name'],
  }),
  created('a forbidden namespace', exported({}, { namespace: 'kube-system' }), {
    forbidden: 'exports from namespace kube-system are not allowed by the policy of this ClusterSet',
  }),
  created('a discouraged namespace', exported({}, { namespace: 'default' }), {
    warnings: [
      'Exports from namespace default are discouraged: same namespace and name mean the same service everywhere',
    ],
  }),
  created('an update in a forbidden namespace', exported({ [LABEL]: { a: 'b' } }, { namespace: 'kube-system' }), {
    oldObject: exported({}, { namespace: 'kube-system' }),
  }),
];

const KEYS: readonly RuleCase[] = [
  created('nothing exported', exported({})),
  created(
    'good labels and annotations',
    exported({ [LABEL]: { 'a.b/C_d': 'X' }, [ANNOTATION]: { 'A.b/c': 'any thing' } }),
  ),
  created('a label key with a space', labels({ 'a b': '' }), invalidKey(LABEL, 'a b', `name part ${nameRule}`)),
  created('a label key of two slashes', labels({ 'a/b/c': '' }), invalidKey(LABEL, 'a/b/c', keyRule)),
  created(
    'a label key without a prefix',
    labels({ '/a': '' }),
    invalidKey(LABEL, '/a', 'prefix part must be non-empty'),
  ),
  created(
    'a label key without a name',
    labels({ 'a.b/': '' }),
    invalidKey(LABEL, 'a.b/', 'name part must be non-empty'),
  ),
  created(
    'a label key with a capital prefix',
    labels({ 'A/b': '' }),
    invalidKey(LABEL, 'A/b', `prefix part ${subdomainRule}`),
  ),
  created(
    'a label key with a long prefix',
    labels({ [`${'a'.repeat(254)}/b`]: '' }),
    invalidKey(LABEL, `${'a'.repeat(254)}/b`, 'prefix part must be no more than 253 bytes'),
  ),
  created('a label key that is too long', labels({ ['a'.repeat(64)]: '' }), {
    ...invalidKey(LABEL, 'a'.repeat(64), 'name part must be no more than 63 bytes'),
  }),
  created('a label value with a space', labels({ a: 'b c' }), {
    invalid: `spec.exportedLabels[a]: Invalid value: "b c": ${valueRule}`,
    refusedBySchema: 'should match',
  }),
  created('a label value that is too long', labels({ a: 'b'.repeat(64) }), {
    invalid: `spec.exportedLabels[a]: Invalid value: "${'b'.repeat(64)}": must be no more than 63 bytes`,
    refusedBySchema: 'Too long',
  }),
  created(
    'an annotation key with a space',
    annotations({ 'a b': '' }),
    invalidKey(ANNOTATION, 'a b', `name part ${nameRule}`),
  ),
  created('annotations that are too large', annotations({ a: 'x'.repeat(262_144) }), {
    invalid: 'spec.exportedAnnotations: Too long: may not be more than 262144 bytes',
  }),
  created('annotations of the largest size', annotations({ a: 'x'.repeat(262_143) })),
];

const reserved = (map: string, key: string): RuleCase =>
  created(`the reserved key ${key} in ${map}`, exported({ [map]: { [key]: 'x' } }), {
    invalid: `spec.${map}[${key}]: ${RESERVED}`,
  });

const RESERVED_KEYS: readonly RuleCase[] = [
  reserved(LABEL, 'service.kubernetes.io/headless'),
  reserved(LABEL, 'multicluster.kubernetes.io/service-name'),
  reserved(LABEL, 'clusterset-apiserver.dev/cluster'),
  reserved(ANNOTATION, 'kubectl.kubernetes.io/last-applied-configuration'),
  reserved(ANNOTATION, 'Kubernetes.io/A'),
  created('keys that only look reserved', {
    ...exported({
      [LABEL]: { 'app.kubernetes.io/name': 'a' },
      [ANNOTATION]: { 'service.kubernetes.io/topology-mode': 'b' },
    }),
  }),
];

const BAD = { 'a b': 'x', 'kubernetes.io/a': 'y', good: 'no good' };

const UPDATES: readonly RuleCase[] = [
  created('an update that keeps what is wrong', labels({ ...BAD, more: 'z' }), { oldObject: labels(BAD) }),
  created('an update that adds a fault', labels({ ...BAD, 'c d': 'z' }), {
    oldObject: labels(BAD),
    ...invalidKey(LABEL, 'c d', `name part ${nameRule}`),
  }),
  created('an update that makes a value wrong in another way', labels({ good: 'not good' }), {
    oldObject: labels({ good: 'no good' }),
    invalid: `spec.exportedLabels[good]: Invalid value: "not good": ${valueRule}`,
    refusedBySchema: 'should match',
  }),
  created(
    'an update of an export with a name that no Service has',
    exported({ [LABEL]: { a: 'b' } }, { name: 'a.b' }),
    {
      oldObject: exported({}, { name: 'a.b' }),
    },
  ),
  created('a deletion of what is wrong', undefined, { oldObject: labels(BAD) }),
];

const VERSIONS: readonly RuleCase[] = [
  created('an older version', exported({}), {
    version: 'v1alpha1',
    warnings: ['ServiceExport v1alpha1 is superseded by v1beta1'],
  }),
];

const STATUS = {
  conditions: [
    { type: 'Valid', status: 'True', reason: 'Valid', message: '', lastTransitionTime: '2026-01-05T10:00:00Z' },
  ],
};
const NOBODY = 'the status of a ServiceExport is written by the MCS implementation only';

function status(name: string, says: Partial<RuleCase>): RuleCase {
  const change = { oldObject: serviceExport(), object: serviceExport({}, { status: STATUS }) };
  return { name, resource: 'serviceexports', subresource: 'status', ...change, ...says };
}

const STATUSES: readonly RuleCase[] = [
  status('a status by nobody', { forbidden: NOBODY }),
  status('a status by a controller', { user: 'mcs' }),
  status('a status by an administrator', { user: 'root' }),
  status('a status that stays', { object: serviceExport() }),
];

export const EXPORT_CASES: readonly RuleCase[] = [
  ...NAMES,
  ...KEYS,
  ...RESERVED_KEYS,
  ...UPDATES,
  ...VERSIONS,
  ...STATUSES,
];
