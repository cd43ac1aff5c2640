import type { JsonValue } from '../../../src/kube/object.ts';
import type { WriteCase } from './write-bodies.ts';
import {
  apply,
  create,
  jsonPatch,
  JSON_TYPE,
  mergePatch,
  remove,
  sent,
  update,
  yaml,
  YAML_TYPE,
} from './write-bodies.ts';

const GOOD = sent({ name: 'fresh' });
const STRICT = { query: 'dryRun=All&fieldValidation=Strict' };
const IGNORE = { query: 'dryRun=All&fieldValidation=Ignore' };
const IN_YAML = { contentType: YAML_TYPE };

const PROTOBUF_LISTED = {
  ours: 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  why: 'kube-apiserver names protobuf too, and dies of it',
};
const LOUD = 'kube-apiserver keeps the reason to itself';
const YAML_WORDS = 'another YAML parser has other words for a malformed text';

const OPTIONS: readonly WriteCase[] = [
  create('an unknown value of dryRun', GOOD, { query: 'dryRun=Some' }),
  create('two values of dryRun', GOOD, { query: 'dryRun=All&dryRun=Some' }),
  create('an empty dryRun', GOOD, { query: 'dryRun=' }),
  create('dryRun twice', GOOD, { query: 'dryRun=All&dryRun=All' }),
  update('an unknown value of dryRun', GOOD, { query: 'dryRun=x' }),
  mergePatch('an unknown value of dryRun', '{}', { query: 'dryRun=x' }),
  create('a field manager that is too long', GOOD, { query: `dryRun=All&fieldManager=${'a'.repeat(129)}` }),
  create('a field manager of the greatest length', GOOD, { query: `dryRun=All&fieldManager=${'a'.repeat(128)}` }),
  create('a field manager that is too long in bytes', GOOD, {
    query: `dryRun=All&fieldManager=${'%C3%A9'.repeat(65)}`,
  }),
  create('a field manager that cannot be printed', GOOD, { query: 'dryRun=All&fieldManager=%C3%A9a%00b%0Ac%E2%80%8B' }),
  create('an unknown field validation', GOOD, { query: 'dryRun=All&fieldValidation=strict' }),
  mergePatch('two faults at once', '{}', { query: 'dryRun=All&fieldValidation=x&fieldManager=%07' }),
  mergePatch('force', '{}', { query: 'dryRun=All&force=true' }),
  jsonPatch('no force', [], { query: 'dryRun=All&force=false' }),
  create('force', GOOD, { query: 'dryRun=All&force=true' }),
  apply('without a field manager', sent({ name: 'api' }), { query: 'dryRun=All' }),
  apply('with an empty field manager', sent({ name: 'api' }), { query: 'dryRun=All&fieldManager=&force=true' }),
];

const MEDIA_TYPES: readonly WriteCase[] = [
  create('a text', GOOD, { contentType: 'text/plain', deviation: PROTOBUF_LISTED }),
  create('CBOR', 'x', { contentType: 'application/cbor', deviation: PROTOBUF_LISTED }),
  create('with parameters', GOOD, { contentType: 'application/json;charset=utf-8' }),
  create('in other letters', GOOD, { contentType: 'Application/JSON' }),
  create('no type', GOOD, { contentType: undefined }),
  mergePatch('strategic', '{}', { contentType: 'application/strategic-merge-patch+json' }),
  mergePatch('plain JSON', '{}', { contentType: JSON_TYPE }),
  mergePatch('no type', '{}', { contentType: undefined }),
  mergePatch('with parameters', '{}', { contentType: 'application/merge-patch+json; charset=utf-8' }),
  mergePatch('in other letters', '{}', { contentType: 'Application/merge-patch+json' }),
  remove('a text', '{"dryRun":["All"]}', { contentType: 'text/plain', deviation: PROTOBUF_LISTED }),
];

const BODIES: readonly WriteCase[] = [
  ...['', '{', 'null', '[]', '"x"', '1', '{}', 'not JSON, and longer than thirty bytes'].map((body) =>
    create(`the body ${JSON.stringify(body)}`, body),
  ),
  create('no kind', sent({ name: 'fresh' }).replace('"kind":"ServiceExport",', '')),
  create('no apiVersion', sent({ name: 'fresh' }).replace('"apiVersion":"multicluster.x-k8s.io/v1beta1",', '')),
  create('no type at all', '{"metadata":{"name":"fresh"}}'),
  create('another version', GOOD.replace('v1beta1', 'v1alpha1')),
  create('an unknown version', GOOD.replace('v1beta1', 'v9')),
  create('another group', GOOD.replace('multicluster.x-k8s.io', 'other.io')),
  create('the core group', GOOD.replace('multicluster.x-k8s.io/v1beta1', 'v1')),
  create('a version with two slashes', GOOD.replace('multicluster.x-k8s.io/v1beta1', 'a/b/c')),
  create('another kind', GOOD.replace('ServiceExport', 'ServiceImport')),
  create('a version that is no text', GOOD.replace('"multicluster.x-k8s.io/v1beta1"', '1')),
  create('a kind that is no text', GOOD.replace('"ServiceExport"', '{}')),
  create('a kind of null', GOOD.replace('"ServiceExport"', 'null')),
  create('something behind the object', `${GOOD}x`),
  create('a number that no double holds', GOOD.replace('{"api', '{"n":1e999,"api')),
  update('another kind', sent({ name: 'api', resourceVersion: '$VERSION' }).replace('ServiceExport', 'Thing')),
];

const METADATA: readonly WriteCase[] = [
  ...([5, 'x', [], null] as const).map((metadata) => create(`metadata of ${JSON.stringify(metadata)}`, sent(metadata))),
  ...(
    [
      { name: 5 },
      { name: true },
      { generateName: {} },
      { namespace: 5 },
      { selfLink: 1 },
      { uid: 5 },
      { resourceVersion: 5 },
      { labels: 'a' },
      { labels: [] },
      { labels: { a: 1 } },
      { annotations: { a: {} } },
      { finalizers: 'a' },
      { finalizers: [1] },
      { ownerReferences: {} },
      { ownerReferences: ['a'] },
      { ownerReferences: [{ controller: 'yes' }] },
      { generation: '1' },
      { generation: 1.5 },
      { deletionGracePeriodSeconds: 'x' },
      { managedFields: {} },
      { managedFields: [{ time: 'x' }] },
      { creationTimestamp: 5 },
      { creationTimestamp: 'yesterday' },
      { creationTimestamp: '2020-13-01T00:00:00Z' },
      { creationTimestamp: '2020-02-30T00:00:00Z' },
      { creationTimestamp: '2020-02-01 00:00:00Z' },
      { creationTimestamp: '2020-02-01T00:00:00' },
      { creationTimestamp: '2020-02-01T00:00:00Zx' },
      { labels: { a: 1 }, creationTimestamp: 'x' },
      { uid: 1, annotations: 2 },
    ] satisfies JsonValue[]
  ).map((metadata) => create(`metadata of ${JSON.stringify(metadata)}`, sent({ name: 'fresh', ...metadata }))),
  create('labels of null', sent({ name: 'fresh', labels: { a: null }, annotations: null })),
];

const NAMES: readonly WriteCase[] = [
  create('another namespace', sent({ name: 'fresh', namespace: 'other' })),
  create('the same namespace', sent({ name: 'fresh', namespace: 'texts' })),
  create('no name', sent({})),
  create('an empty name', sent({ name: '', generateName: '' })),
  create('a generated name', sent({ generateName: 'made-' })),
  create('no metadata', '{"apiVersion":"multicluster.x-k8s.io/v1beta1","kind":"ServiceExport"}'),
  update('another name', sent({ name: 'other' })),
  update('no name', sent({})),
  update('only generateName', sent({ generateName: 'api' })),
  update('another namespace', sent({ name: 'api', namespace: 'other' })),
  update('no metadata', '{"apiVersion":"multicluster.x-k8s.io/v1beta1","kind":"ServiceExport"}'),
];

const DOUBLED = sent({ name: 'fresh', labels: {} }).replace('"labels":{}', '"labels":{"a":"1","a":"2"},"name":"fresh"');

const DUPLICATES: readonly WriteCase[] = [
  create('doubled keys, with warnings', DOUBLED),
  create('doubled keys, strictly', DOUBLED, STRICT),
  create('doubled keys, ignored', DOUBLED, IGNORE),
  update('doubled keys, strictly', DOUBLED.replaceAll('fresh', 'api'), STRICT),
  create('doubled keys before a wrong type, strictly', DOUBLED.replace('"2"', '2'), STRICT),
  create('doubled keys in YAML', yaml('  labels:\n    a: b\n    a: c\n    "a": d\n'), IN_YAML),
  create('doubled keys in YAML, strictly', yaml('  labels:\n    a: b\n    a: c\n    "a": d\n'), {
    ...IN_YAML,
    ...STRICT,
  }),
  apply('doubled keys', DOUBLED.replaceAll('fresh', 'api')),
  apply('doubled keys, strictly', DOUBLED.replaceAll('fresh', 'api'), {
    query: 'dryRun=All&fieldManager=m&fieldValidation=Strict',
  }),
  mergePatch('doubled keys', '{"metadata":{"labels":{"x":"1","x":"2"}}}'),
  mergePatch('doubled keys, strictly', '{"metadata":{"labels":{"x":"1","x":"<2>"}}}', STRICT),
  mergePatch('doubled keys, ignored', '{"metadata":{"labels":{"x":"1","x":"2"}}}', IGNORE),
  jsonPatch('doubled keys', [], { body: '[{"op":"test","op":"add","path":"/metadata/labels/x","value":"y"}]' }),
  jsonPatch('unknown members of an operation', [{ op: 'add', path: '/metadata/labels/x', value: 'y', extra: 1 }]),
  jsonPatch('doubled keys in a value, strictly', [], {
    body: '[{"op":"add","path":"/metadata/labels","value":{"a":"1","a":"2"},"Op":1}]',
    ...STRICT,
    deviation: {
      ours: 'json patch duplicate field "[0].value.a", json patch unknown field "[0].Op"',
      why: 'kube-apiserver shows the object with both values, which is no object any more',
    },
  }),
];

const JSON_PATCHES: readonly WriteCase[] = [
  ...['', '{', 'null', '{}', '"x"', '1', '[1]', '["a"]', '[[]]', '[{"op":1}]', '[{"op":"add","path":5}]'].flatMap(
    (body) => [
      jsonPatch(`the body ${JSON.stringify(body)}`, [], { body }),
      ...(body.startsWith('[{')
        ? []
        : [jsonPatch(`the body ${JSON.stringify(body)}, ignored`, [], { body, ...IGNORE })]),
    ],
  ),
  jsonPatch('a from that is no text', [], { body: '[{"op":"move","from":{},"path":"/a"}]' }),
  jsonPatch('an operation of null', [null], {
    deviation: { ours: 'operation 0: Unexpected kind: unknown', why: LOUD },
  }),
  jsonPatch('an unknown operation', [{ op: 'spam', path: '/a' }], {
    deviation: { ours: 'operation 0: Unexpected kind: spam', why: LOUD },
  }),
  jsonPatch(
    'a test that fails',
    [
      { op: 'test', path: '/kind', value: 'ServiceExport' },
      { op: 'test', path: '/metadata/name', value: 'x' },
    ],
    { deviation: { ours: 'operation 1: testing value /metadata/name failed: test failed', why: LOUD } },
  ),
  jsonPatch('an absent path', [{ op: 'add', path: '/spec/a/b', value: 1 }], {
    deviation: {
      ours: 'operation 0: add operation does not apply: doc is missing path: "/spec/a/b": missing value',
      why: LOUD,
    },
  }),
  jsonPatch('replacing an absent member', [{ op: 'replace', path: '/metadata/labels/fresh', value: 'x' }]),
  jsonPatch('testing an absent member for null', [{ op: 'test', path: '/metadata/labels/absent', value: null }]),
  jsonPatch('copying an absent member', [{ op: 'copy', from: '/metadata/labels/b', path: '/metadata/labels/x' }], {
    deviation: {
      ours: "operation 0: error in copy for from: '/metadata/labels/b': missing value",
      why: 'kube-apiserver copies null, which becomes an empty text',
    },
  }),
  jsonPatch('adding nothing', [{ op: 'add', path: '/metadata/labels/x' }], {
    deviation: {
      ours: 'operation 0: add operation, missing value field: missing value',
      why: 'kube-apiserver adds null, which becomes an empty text',
    },
  }),
  jsonPatch('a path without a slash', [{ op: 'add', path: 'metadata/labels', value: {} }], {
    deviation: {
      ours: 'operation 0: add operation does not apply: doc is missing path: "metadata/labels": missing value',
      why: 'kube-apiserver drops the first part of the path and writes somewhere else',
    },
  }),
  jsonPatch('adding at the root', [{ op: 'add', path: '', value: {} }], {
    deviation: { ours: 'operation 0: add operation does not apply: doc is missing path: "": missing value', why: LOUD },
  }),
  jsonPatch('an empty object', [{ op: 'replace', path: '', value: {} }]),
  jsonPatch('a list for an object', [{ op: 'replace', path: '', value: [] }]),
  jsonPatch('another kind', [{ op: 'replace', path: '/kind', value: 'Other' }]),
  jsonPatch('a kind that is no text', [{ op: 'replace', path: '/kind', value: 5 }]),
  jsonPatch('no kind', [{ op: 'remove', path: '/kind' }]),
  jsonPatch('another version', [{ op: 'replace', path: '/apiVersion', value: 'multicluster.x-k8s.io/v1alpha1' }]),
  jsonPatch('another group', [{ op: 'replace', path: '/apiVersion', value: 'x/v1' }]),
  jsonPatch('a version with two slashes', [{ op: 'replace', path: '/apiVersion', value: 'a/b/c' }]),
  jsonPatch('no version', [{ op: 'remove', path: '/apiVersion' }], {
    deviation: { ours: "Object 'apiVersion' is missing in ", why: 'kube-apiserver answers 500' },
  }),
  jsonPatch('another name', [{ op: 'replace', path: '/metadata/name', value: 'other' }]),
  jsonPatch('no name', [{ op: 'remove', path: '/metadata/name' }]),
  jsonPatch('another namespace', [{ op: 'replace', path: '/metadata/namespace', value: 'other' }]),
  jsonPatch('no namespace', [{ op: 'remove', path: '/metadata/namespace' }]),
  jsonPatch('labels that are none', [{ op: 'replace', path: '/metadata/labels', value: 5 }]),
  jsonPatch('metadata that is none', [{ op: 'replace', path: '/metadata', value: 5 }]),
  jsonPatch('no metadata', [{ op: 'remove', path: '/metadata' }]),
  jsonPatch(
    'too many operations',
    Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ServiceExport' })),
  ),
];

const MERGE_PATCHES: readonly WriteCase[] = [
  ...['', '{', 'null', '[]', '"x"', '1', 'true'].flatMap((body) => [
    mergePatch(`the body ${JSON.stringify(body)}`, body),
    mergePatch(`the body ${JSON.stringify(body)}, ignored`, body, {
      ...IGNORE,
      ...(body === '[]'
        ? { deviation: { ours: 'Invalid JSON Patch', why: 'kube-apiserver takes the list for the object' } }
        : {}),
    }),
  ]),
  mergePatch('another kind', '{"kind":"Other"}'),
  mergePatch('no kind', '{"kind":null}'),
  mergePatch('another version', '{"apiVersion":"multicluster.x-k8s.io/v1alpha1"}'),
  mergePatch('another name', '{"metadata":{"name":"other"}}'),
  mergePatch('no name', '{"metadata":{"name":null}}'),
  mergePatch('another namespace', '{"metadata":{"namespace":"other"}}'),
  mergePatch('labels that are no texts', '{"metadata":{"labels":{"a":5}}}'),
  mergePatch('metadata that is none', '{"metadata":5}'),
  mergePatch('no metadata', '{"metadata":null}'),
  mergePatch('nulls inside of a list', '{"metadata":{"finalizers":["a.io/b",null]}}', {
    body: '{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"K","name":"n","uid":"u","controller":null}]}}',
  }),
];

const APPLIES: readonly WriteCase[] = [
  ...['', 'null', '[]', 'x', '{}'].map((body) => apply(`the body ${JSON.stringify(body)}`, body)),
  apply('a malformed body', '{', {
    deviation: { ours: 'error decoding YAML: error converting YAML to JSON: yaml: line 1: ', why: YAML_WORDS },
  }),
  apply('managedFields', sent({ name: 'api', managedFields: [] })),
  apply('managedFields of null', sent({ name: 'api', managedFields: null })),
  apply('another name', sent({ name: 'other' })),
  apply('no name', sent({})),
  apply('another namespace', sent({ name: 'api', namespace: 'other' })),
  apply('another version', sent({ name: 'api' }).replace('v1beta1', 'v1alpha1')),
  apply('another kind', sent({ name: 'api' }).replace('ServiceExport', 'ServiceImport')),
  apply('no version', sent({ name: 'api' }).replace('"apiVersion":"multicluster.x-k8s.io/v1beta1",', '')),
  apply('no kind', sent({ name: 'api' }).replace('"kind":"ServiceExport",', '')),
  apply('YAML', yaml().replace('fresh', 'api')),
];

const YAML_BODIES: readonly WriteCase[] = [
  ...[
    '',
    '---\n',
    '# nothing\n',
    'null',
    '[]',
    '- a',
    'x',
    '5',
    'a: *x',
    'a: &x 1\nb: *y',
    '%YAML 1.2\n---\na: 1\n',
  ].map((body) => create(`YAML ${JSON.stringify(body)}`, body, IN_YAML)),
  create('YAML that ends early', '{', {
    ...IN_YAML,
    deviation: {
      ours: 'the object provided is unrecognized (must be of type ServiceExport): yaml: line 1: ',
      why: YAML_WORDS,
    },
  }),
  create('two YAML documents', `${yaml()}---\nb: 1\n`, {
    ...IN_YAML,
    deviation: { ours: 'yaml: more than one document', why: 'kube-apiserver drops all but the first without a word' },
  }),
  create('an empty second YAML document', `${yaml()}---\n`, IN_YAML),
  ...['yes', 'n', 'Off', '0x1F', '0o17', '017', '1_000', '.5', '1e3', '9223372036854775808', '.inf', '~', '1e999'].map(
    (value) => create(`the YAML value ${value}`, yaml(`  annotations:\n    a: ${value}\n`), IN_YAML),
  ),
  ...['12:30:45', '2001-01-01', '"yes"', '!!str yes', '=', '<<', '!!binary aGVsbG8=', '!foo b', "'5'"].map((value) =>
    create(`the YAML text ${value}`, yaml(`  annotations:\n    a: ${value}\n`), IN_YAML),
  ),
  create(
    'YAML keys that are no texts',
    yaml('  annotations:\n    1: x\n    true: y\n    1.5: z\n    .inf: w\n'),
    IN_YAML,
  ),
  create('YAML merge keys', yaml('  labels: &a\n    x: z\n  annotations:\n    <<: *a\n    y: w\n'), IN_YAML),
  create('a YAML tag that does not fit', yaml('  annotations:\n    a: !!int x\n'), IN_YAML),
];

const DELETES: readonly WriteCase[] = [
  ...[
    'dryRun=Some',
    'dryRun=All&propagationPolicy=Sideways',
    'dryRun=All&propagationPolicy=',
    'dryRun=All&propagationPolicy=Orphan&orphanDependents=true',
    'dryRun=x&propagationPolicy=X&orphanDependents=true',
    'dryRun=All&gracePeriodSeconds=x',
    'dryRun=All&gracePeriodSeconds=',
    'dryRun=All&gracePeriodSeconds=99999999999999999999',
    'dryRun=All&gracePeriodSeconds=-5',
  ].map((query) => remove(query, '', { query, contentType: undefined })),
  ...[
    '"dryRun":["Some"]',
    '"dryRun":"All"',
    '"dryRun":["All"],"propagationPolicy":"Sideways"',
    '"dryRun":["All"],"propagationPolicy":5',
    '"dryRun":["All"],"propagationPolicy":null',
    '"dryRun":["All"],"orphanDependents":true,"propagationPolicy":"Orphan"',
    '"dryRun":["All"],"orphanDependents":"x"',
    '"dryRun":["All"],"gracePeriodSeconds":"x"',
    '"dryRun":["All"],"gracePeriodSeconds":1.5',
    '"dryRun":["All"],"preconditions":[]',
    '"dryRun":["All"],"preconditions":{"uid":5}',
    '"dryRun":["All"],"preconditions":{"resourceVersion":5}',
    '"dryRun":["All"],"preconditions":null',
    '"dryRun":["All"],"unknown":1',
  ].map((field) => remove(field, `{"kind":"DeleteOptions","apiVersion":"v1",${field}}`)),
  ...['{', '[]', '"x"', '{"kind":5}', '{"apiVersion":"a/b/c"}', '{"kind":"ServiceExport","apiVersion":"v1"}'].map(
    (body) => remove(`the body ${body}`, body),
  ),
  ...['{"dryRun":["All"]}', '{"kind":"DeleteOptions","dryRun":["All"]}'].map((body) =>
    remove(`the body ${body}`, body),
  ),
  ...['v1', 'meta.k8s.io/v1', 'multicluster.x-k8s.io/v1beta1', 'apps/v9'].map((apiVersion) =>
    remove(`options of ${apiVersion}`, JSON.stringify({ kind: 'DeleteOptions', apiVersion, dryRun: ['All'] })),
  ),
  remove('options in YAML', 'kind: DeleteOptions\napiVersion: v1\ndryRun: [All]\n', IN_YAML),
];

export const WRITE_CASES: readonly WriteCase[] = [
  ...OPTIONS,
  ...MEDIA_TYPES,
  ...BODIES,
  ...METADATA,
  ...NAMES,
  ...DUPLICATES,
  ...JSON_PATCHES,
  ...MERGE_PATCHES,
  ...APPLIES,
  ...YAML_BODIES,
  ...DELETES,
];
