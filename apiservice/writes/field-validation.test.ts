import { describe, expect, it } from 'vitest';
import {
  joinStrictFaults,
  refuseApplied,
  refuseObject,
  refusePatched,
  reportStrictFaults,
  strictFaultsOf,
} from './field-validation.ts';

const TYPE = { group: 'things.example.com', version: 'v1', kind: 'Thing' };
const FAULTS = ['duplicate field "spec.a"', 'duplicate field "spec.b"'];
const YAML_FAULT =
  'yaml: unmarshal errors:\n  line 7: key "a" already set in map\n  line 9: key "b" already set in map';

describe('what only a strict reader minds', () => {
  it('is a warning each', () => {
    expect(reportStrictFaults(FAULTS, 'Warn', refuseObject(TYPE))).toEqual(FAULTS);
    expect(reportStrictFaults([YAML_FAULT], 'Warn', refuseObject(TYPE))).toEqual([
      'line 7: key "a" already set in map',
      'line 9: key "b" already set in map',
    ]);
  });

  it('is passed over when it is to be ignored, or when there is nothing', () => {
    expect(reportStrictFaults(FAULTS, 'Ignore', refuseObject(TYPE))).toEqual([]);
    expect(reportStrictFaults([], 'Strict', refuseObject(TYPE))).toEqual([]);
  });

  it('refuses a strict create or update', () => {
    expect(() => reportStrictFaults(FAULTS, 'Strict', refuseObject(TYPE))).toThrow(
      'Thing in version "v1" cannot be handled as a Thing: strict decoding error: duplicate field "spec.a", duplicate field "spec.b"',
    );
  });

  it('refuses a strict apply', () => {
    expect(() => reportStrictFaults([YAML_FAULT], 'Strict', refuseApplied)).toThrow(
      `error strict decoding YAML: error converting YAML to JSON: ${YAML_FAULT}`,
    );
  });

  it('refuses a strict patch, as a fault of its field', () => {
    expect(() => reportStrictFaults(FAULTS.slice(1), 'Strict', refusePatched({ b: '<', a: 1 }))).toThrow(
      String.raw` "" is invalid: patch: Invalid value: "{\"a\":1,\"b\":\"\\u003c\"}": strict decoding error: duplicate field "spec.b"`,
    );
  });
});

describe('the strict faults of a member', () => {
  const answer = {
    code: 400,
    message:
      'Thing in version "v1" cannot be handled as a Thing: strict decoding error: unknown field "spec.x", unknown field "y"',
  };

  it('are read from its answer', () => {
    expect(strictFaultsOf(answer)).toBe('unknown field "spec.x", unknown field "y"');
    expect(strictFaultsOf({ ...answer, code: 422 })).toBeUndefined();
    expect(strictFaultsOf({ code: 400, message: 'something else' })).toBeUndefined();
  });

  it('come behind ours', () => {
    const error = joinStrictFaults(FAULTS, answer, refuseObject(TYPE));
    expect(error?.message).toBe(
      'Thing in version "v1" cannot be handled as a Thing: strict decoding error: ' +
        'duplicate field "spec.a", duplicate field "spec.b", unknown field "spec.x", unknown field "y"',
    );
  });

  it('become those of a patch when a patch was forwarded as a whole object', () => {
    expect(joinStrictFaults([], answer, refusePatched({}))?.message).toBe(
      String.raw` "" is invalid: patch: Invalid value: "{}": strict decoding error: unknown field "spec.x", unknown field "y"`,
    );
  });

  it('are not made up', () => {
    expect(joinStrictFaults(FAULTS, { code: 409, message: 'conflict' }, refusePatched({}))).toBeUndefined();
  });
});
