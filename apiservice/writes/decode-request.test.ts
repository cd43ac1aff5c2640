import { describe, expect, it } from 'vitest';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import { decodeAppliedAt, decodeCreated, decodeUpdated } from './decode-request.ts';

const PATH = { group: 'things.example.com', version: 'v1', kind: 'Thing', namespace: 'shop', name: 'a' };
const TYPE = { apiVersion: 'things.example.com/v1', kind: 'Thing' };

function sent(metadata: unknown, more: object = {}): string {
  return JSON.stringify({ ...TYPE, metadata, ...more });
}

const DECODERS = {
  create: (body: string, contentType?: string) => decodeCreated(Buffer.from(body), contentType, { ...PATH, name: '' }),
  update: (body: string, contentType?: string) => decodeUpdated(Buffer.from(body), contentType, PATH),
  apply: (body: string) => decodeAppliedAt(Buffer.from(body), PATH),
};

function refusal(verb: keyof typeof DECODERS, body: string, contentType?: string): unknown {
  try {
    return DECODERS[verb](body, contentType);
  } catch (error) {
    if (error instanceof ApiStatusError) return [error.status.code, error.status.message];
    throw error;
  }
}

describe('an object that is sent', () => {
  it('is completed with the namespace of the path', () => {
    expect(DECODERS.create(sent({ name: 'a' })).object).toEqual({
      ...TYPE,
      metadata: { name: 'a', namespace: 'shop' },
    });
    expect(DECODERS.apply(sent({})).object).toEqual({ ...TYPE, metadata: { name: 'a', namespace: 'shop' } });
  });

  it('keeps every other field, and exact integers', () => {
    const body = '{"apiVersion":"things.example.com/v1","kind":"Thing","metadata":{"name":"a"},"n":9007199254740993}';
    expect(DECODERS.update(body).object).toMatchObject({ n: 9007199254740993n });
  });

  it('loses the nulls of its metadata', () => {
    const metadata = { name: 'a', uid: null, labels: { x: null, y: 'z' }, finalizers: [null], odd: { kept: null } };
    expect(DECODERS.update(sent(metadata)).object['metadata']).toEqual({
      name: 'a',
      namespace: 'shop',
      labels: { x: '', y: 'z' },
      finalizers: [''],
      odd: { kept: null },
    });
  });

  it('loses what only the server sets when it is new, and only then', () => {
    const metadata = { name: 'a', uid: 'u', creationTimestamp: '2020-01-01T00:00:00Z', selfLink: '/x', generation: 2 };
    expect(DECODERS.create(sent(metadata)).object['metadata']).toEqual({ name: 'a', generation: 2, namespace: 'shop' });
    expect(DECODERS.update(sent(metadata)).object['metadata']).toEqual({ ...metadata, namespace: 'shop' });
  });

  it('may be YAML, as kube-apiserver reads it', () => {
    const body =
      'apiVersion: things.example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec:\n  on: yes\n  at: 12:30:45\n';
    expect(DECODERS.create(body, 'application/yaml; charset=utf-8').object['spec']).toEqual({
      true: true,
      at: '12:30:45',
    });
    expect(DECODERS.apply(body).object['spec']).toEqual({ true: true, at: '12:30:45' });
  });

  it('tells what is given twice', () => {
    const doubled = sent({ name: 'a' }).replace('"name":"a"', '"name":"a","name":"a"');
    expect(DECODERS.create(doubled).strictFaults).toEqual(['duplicate field "metadata.name"']);
    const lines = ['yaml: unmarshal errors:\n  line 1: key "name" already set in map'];
    expect(DECODERS.apply(doubled).strictFaults).toEqual(lines);
    expect(DECODERS.update(doubled, 'application/yaml').strictFaults).toEqual(lines);
  });

  it.each<[string, string]>([
    ['', "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
    ['{', "couldn't get version/kind; json parse error: unexpected end of JSON input ({)"],
    [
      '[]',
      String.raw`couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (5b5d)`,
    ],
    ['null', "Object 'Kind' is missing in 'null' (6e756c6c)"],
    ['{"kind":""}', `Object 'Kind' is missing in '{"kind":""}' ({"kind":""})`],
    [
      '{"kind":"Thing","apiVersion":1}',
      `couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .apiVersion of type string ({"kind":"Thing","apiVersion":1 ...)`,
    ],
    [
      '{"kind":"Thing","apiVersion":"a/b/c"}',
      `unexpected GroupVersion string: a/b/c ({"kind":"Thing","apiVersion":" ...)`,
    ],
  ])('is not recognized: %s', (body, why) => {
    expect(refusal('create', body)).toEqual([
      400,
      `the object provided is unrecognized (must be of type Thing): ${why}`,
    ]);
  });

  it('is quoted only in part when it is long', () => {
    const [, message] = refusal('create', `{"a":"${'x'.repeat(100_000)}"}`) as [number, string];
    expect(message.length).toBeLessThan(5000);
  });

  it.each<[string, unknown, string]>([
    ['a number', 5, 'json: cannot unmarshal number into Go value of type v1.ObjectMeta'],
    [
      'labels that are none',
      { labels: [] },
      'json: cannot unmarshal array into Go struct field ObjectMeta.labels of type map[string]string',
    ],
    [
      'a label that is no text',
      { labels: { a: 1 } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    ],
    [
      'a finalizer that is no text',
      { finalizers: [true] },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.finalizers of type string',
    ],
    [
      'an owner that is none',
      { ownerReferences: ['a'] },
      'json: cannot unmarshal string into Go struct field ObjectMeta.ownerReferences of type v1.OwnerReference',
    ],
    [
      'an owner that is malformed',
      { ownerReferences: [{ controller: 1 }] },
      'json: cannot unmarshal number into Go struct field OwnerReference.ownerReferences.controller of type bool',
    ],
    [
      'half a generation',
      { generation: 0.5 },
      'json: cannot unmarshal number 0.5 into Go struct field ObjectMeta.generation of type int64',
    ],
    [
      'the first of two in sorted order',
      { uid: 1, annotations: 2 },
      'json: cannot unmarshal number into Go struct field ObjectMeta.annotations of type map[string]string',
    ],
    [
      'a time before all else',
      { annotations: 2, creationTimestamp: 'x' },
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    ],
    [
      'a day that is none',
      { creationTimestamp: '2023-02-29T00:00:00Z' },
      'parsing time "2023-02-29T00:00:00Z": day out of range',
    ],
    [
      'more than a time',
      { creationTimestamp: '2023-02-28T00:00:00Zx' },
      'parsing time "2023-02-28T00:00:00Zx": extra text: "x"',
    ],
  ])('cannot have as metadata %s', (_title, metadata, why) => {
    const message = `Thing in version "v1" cannot be handled as a Thing: ${why}`;
    expect(refusal('create', sent(metadata))).toEqual([400, message]);
  });

  it('cannot hold a number beyond a double', () => {
    expect(refusal('create', '{"n":1e999}')).toEqual([
      400,
      'Thing in version "v1" cannot be handled as a Thing: json: cannot unmarshal number 1e999 into Go value of type float64',
    ]);
  });

  it.each<[keyof typeof DECODERS, string, number, string]>([
    [
      'create',
      sent({ name: 'a' }).replace('/v1', '/v2'),
      400,
      'the API version in the data (things.example.com/v2) does not match the expected API version (things.example.com/v1)',
    ],
    [
      'create',
      '{"kind":"Thing"}',
      400,
      'the API version in the data () does not match the expected API version (things.example.com/v1)',
    ],
    [
      'create',
      sent({ name: 'a', namespace: 'other' }),
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'create',
      sent({}),
      422,
      'Thing.things.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'create',
      sent({ name: 'a' }, { kind: 'Other' }),
      422,
      'Other.things.example.com "a" is invalid: kind: Invalid value: "Other": must be Thing',
    ],
    ['update', sent({ name: 'b' }), 400, 'the name of the object (b) does not match the name on the URL (a)'],
    ['update', sent({}), 400, 'the name of the object (a based on URL) was undeterminable: name must be provided'],
    ['apply', sent({ name: 'b' }), 400, 'the name of the object (b) does not match the name on the URL (a)'],
    ['apply', sent({ name: 'a' }, { kind: 'Other' }), 400, 'invalid object type: things.example.com/v1, Kind=Other'],
    ['apply', '', 400, 'invalid object type: /, Kind='],
    ['apply', 'apiVersion: v9', 400, 'invalid object type: /v9, Kind='],
    [
      'apply',
      '[]',
      400,
      'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    ['apply', sent({ managedFields: [] }), 400, 'metadata.managedFields must be nil'],
  ])('is refused by %s: %s', (...[verb, body, code, message]) => {
    expect(refusal(verb, body)).toEqual([code, message]);
  });

  it.each(['text/plain', 'application/vnd.kubernetes.protobuf', 'json'])('is not of type %s', (contentType) => {
    expect(refusal('create', sent({ name: 'a' }), contentType)).toEqual([415, expect.any(String)]);
  });

  it('in YAML that is no JSON is bounded', () => {
    const long = `apiVersion: x\n# ${'x'.repeat(300_000)}\n`;
    expect(refusal('create', long, 'application/yaml')).toEqual([413, 'Request entity too large: limit is 65536']);
    const json = sent({ name: 'a', annotations: { x: 'x'.repeat(300_000) } });
    expect(DECODERS.create(json, 'application/yaml').strictFaults).toEqual([]);
  });
});
