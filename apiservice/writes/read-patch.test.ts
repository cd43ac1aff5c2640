import { describe, expect, it } from 'vitest';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import type { JsonObject, JsonValue } from '../../src/kube/object.ts';
import { checkPatched } from './check-patched.ts';
import { patchTypeOf, readPatch } from './read-patch.ts';
import type { FieldValidation } from './write-options.ts';

const PATH = { group: 'things.example.com', version: 'v1', kind: 'Thing', namespace: 'shop', name: 'a' };
const STORED: JsonObject = {
  apiVersion: 'things.example.com/v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'shop', resourceVersion: '7', labels: { x: '1' } },
  spec: { big: 9007199254740993n },
};

function patched(type: 'json' | 'merge', body: JsonValue, validation: FieldValidation = 'Warn'): JsonObject {
  return checkPatched(readPatch(type, bytes(body), validation).apply(STORED), PATH);
}

function bytes(body: JsonValue): Buffer {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function refusal(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof ApiStatusError) return [error.status.code, error.status.message];
    throw error;
  }
}

describe('the media type of a patch', () => {
  it.each([
    ['application/json-patch+json', 'json'],
    ['application/merge-patch+json; charset=utf-8', 'merge'],
    ['application/apply-patch+yaml', 'apply'],
  ])('%s is %s', (contentType, type) => {
    expect(patchTypeOf(contentType)).toBe(type);
  });

  it.each(['application/strategic-merge-patch+json', 'application/json', '', undefined, 'constructor'])(
    'is not %s',
    (contentType) => {
      expect(refusal(() => patchTypeOf(contentType))).toEqual([
        415,
        'the body of the request was in an unknown format - accepted media types include: ' +
          'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      ]);
    },
  );
});

describe('a patch', () => {
  it('changes an object and keeps its exact integers', () => {
    const body = [{ op: 'add', path: '/metadata/labels/y', value: '2' }];
    const expected = { metadata: { labels: { x: '1', y: '2' } }, spec: { big: 9007199254740993n } };
    expect(patched('json', body)).toMatchObject(expected);
    expect(patched('merge', { metadata: { labels: { y: '2' } } })).toMatchObject(expected);
  });

  it('of nothing changes nothing', () => {
    expect(patched('json', 'null')).toEqual(STORED);
    expect(patched('merge', '{}')).toEqual(STORED);
  });

  it('tells what is given twice, or is unknown in an operation, unless that is ignored', () => {
    const merge = '{"spec":{"a":1,"a":2}}';
    expect(readPatch('merge', bytes(merge), 'Warn').strictFaults).toEqual(['duplicate field "spec.a"']);
    expect(readPatch('merge', bytes(merge), 'Ignore').strictFaults).toEqual([]);
    const json = '[{"op":"add","op":"add","path":"/x","value":{"a":1,"a":2},"extra":1}]';
    expect(readPatch('json', bytes(json), 'Strict').strictFaults).toEqual([
      'json patch duplicate field "[0].op"',
      'json patch duplicate field "[0].value.a"',
      'json patch unknown field "[0].extra"',
    ]);
    expect(readPatch('json', bytes(json), 'Ignore').strictFaults).toEqual([]);
  });

  it.each<['json' | 'merge', JsonValue, string, string]>([
    ['json', '', 'error decoding patch: unexpected end of JSON input', 'unexpected end of JSON input'],
    [
      'json',
      '{}',
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
      'json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    ],
    [
      'json',
      '[1]',
      'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp',
      'json: cannot unmarshal number into Go value of type jsonpatch.Operation',
    ],
    ['merge', '{', 'error decoding patch: unexpected end of JSON input', 'Invalid JSON Patch'],
    [
      'merge',
      '[]',
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
      'Invalid JSON Patch',
    ],
    ['merge', 'null', 'Invalid JSON Patch', 'Invalid JSON Patch'],
  ])('%s %j is malformed', (...[type, body, strictly, ignored]) => {
    expect(refusal(() => readPatch(type, bytes(body), 'Warn'))).toEqual([400, strictly]);
    expect(refusal(() => readPatch(type, bytes(body), 'Strict'))).toEqual([400, strictly]);
    expect(refusal(() => readPatch(type, bytes(body), 'Ignore'))).toEqual([400, ignored]);
  });

  it('may not have too many operations', () => {
    const body = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'Thing' }));
    expect(refusal(() => readPatch('json', bytes(body), 'Warn'))).toEqual([
      413,
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    ]);
  });

  it('that cannot be applied says which operation and why', () => {
    const body = [
      { op: 'test', path: '/kind', value: 'Thing' },
      { op: 'remove', path: '/spec/nothing' },
    ];
    expect(() => patched('json', body)).toThrow(
      expect.objectContaining({
        status: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          code: 422,
          reason: 'Invalid',
          message: 'the server rejected our request due to an error in our request',
          details: {
            causes: [
              {
                reason: 'FieldValueInvalid',
                field: 'patch',
                message:
                  "operation 1: error in remove for path: '/spec/nothing': Unable to remove nonexistent key: nothing: missing value",
              },
            ],
          },
        },
      }),
    );
  });
});

describe('what a patch made', () => {
  it('keeps the namespace when the patch takes it away', () => {
    expect(patched('merge', { metadata: { namespace: null } })).toEqual(STORED);
  });

  it.each<[JsonValue, number, string]>([
    [{ kind: 'Other' }, 422, 'Other.things.example.com "a" is invalid: kind: Invalid value: "Other": must be Thing'],
    [
      { apiVersion: 'x/v1' },
      422,
      'Thing.x "a" is invalid: apiVersion: Invalid value: "x/v1": must be things.example.com/v1',
    ],
    [{ metadata: { name: 'b' } }, 400, 'the name of the object (b) does not match the name on the URL (a)'],
    [{ metadata: null }, 400, 'the name of the object (a based on URL) was undeterminable: name must be provided'],
    [
      { metadata: { namespace: 'other' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      { metadata: 5 },
      422,
      String.raw` "" is invalid: patch: Invalid value: "{\"apiVersion\":\"things.example.com/v1\",\"kind\":\"Thing\",\"metadata\":5,\"spec\":{\"big\":9007199254740993}}": json: cannot unmarshal number into Go value of type v1.ObjectMeta`,
    ],
  ])('is refused after %j', (body, code, message) => {
    expect(refusal(() => patched('merge', body))).toEqual([code, message]);
  });

  it.each<[JsonValue, string]>([
    [{}, String.raw` "" is invalid: patch: Invalid value: "{}": Object 'Kind' is missing in '{}'`],
    [
      { kind: 'Thing' },
      String.raw` "" is invalid: patch: Invalid value: "{\"kind\":\"Thing\"}": Object 'apiVersion' is missing in '{"kind":"Thing"}'`,
    ],
    [
      5,
      String.raw` "" is invalid: patch: Invalid value: "5": couldn't get version/kind; json parse error: json: cannot unmarshal number into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`,
    ],
    [null, String.raw` "" is invalid: patch: Invalid value: "null": Object 'Kind' is missing in 'null'`],
  ])('is no object of the kind: %j', (value, message) => {
    expect(refusal(() => patched('json', [{ op: 'replace', path: '', value }]))).toEqual([422, message]);
  });
});
