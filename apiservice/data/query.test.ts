import { describe, expect, test } from 'vitest';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import { parseBoolean, parseIncludeObject, parseListOptions, parseRequestedRevision } from './query.ts';

/** `<code> <message>` of what is thrown, or undefined. */
function refusal(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error;
    return `${error.status.code} ${error.status.message}`;
  }
}

const INVALID = '422 ListOptions.meta.k8s.io "" is invalid: ';
const MATCH_NEEDS_VERSION =
  'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided';
const MATCH_WITH_CONTINUE =
  'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided';
const NOT_FOR_LIST = 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list';
const NEEDS_MATCH =
  'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
const NEEDS_SEND =
  'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';

describe('options of a list', () => {
  test.each([
    ['', undefined],
    ['resourceVersion=0', undefined],
    ['resourceVersion=00', undefined],
    ['resourceVersion=5', undefined],
    ['resourceVersion=5&resourceVersionMatch=Exact', undefined],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan', undefined],
    ['resourceVersionMatch=Exact', INVALID + MATCH_NEEDS_VERSION],
    ['resourceVersionMatch=NotOlderThan', INVALID + MATCH_NEEDS_VERSION],
    ['resourceVersion=5&resourceVersionMatch=Exact&continue=x', INVALID + MATCH_WITH_CONTINUE],
    ['resourceVersionMatch=Exact&continue=x', `${INVALID}[${MATCH_NEEDS_VERSION}, ${MATCH_WITH_CONTINUE}]`],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
    ],
    [
      'resourceVersion=5&resourceVersionMatch=exact',
      `${INVALID}resourceVersionMatch: Unsupported value: "exact": supported values: "Exact", "NotOlderThan", ""`,
    ],
    ['sendInitialEvents=true', INVALID + NOT_FOR_LIST],
    ['sendInitialEvents=false', INVALID + NOT_FOR_LIST],
    [
      'resourceVersion=abc',
      '400 invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [
      'resourceVersion=18446744073709551616',
      '400 invalid resource version: resourceVersion: Invalid value: "18446744073709551616": ' +
        'strconv.ParseUint: parsing "18446744073709551616": value out of range',
    ],
    ['resourceVersion=18446744073709551615', undefined],
    ['limit=abc', '400 strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=', '400 strconv.ParseInt: parsing "": invalid syntax'],
    ['limit=9223372036854775808', '400 strconv.ParseInt: parsing "9223372036854775808": value out of range'],
    ['timeoutSeconds=1.5', '400 strconv.ParseInt: parsing "1.5": invalid syntax'],
    ['limit=-1', undefined],
    ['labelSelector=a%20b', "400 unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['fieldSelector=a', "400 invalid selector: 'a'; can't understand 'a'"],
    ['fieldSelector=spec.x%3D1', '400 field label not supported: spec.x'],
    ['fieldSelector=metadata.namespace%3Da', undefined],
    ['unknown=1&pretty=abc', undefined],
  ])('%j: %s', (query, expected) => {
    expect(refusal(() => parseListOptions(new URLSearchParams(query), false, true))).toBe(expected);
  });

  test('a kind without namespaces cannot be selected by namespace', () => {
    const query = new URLSearchParams('fieldSelector=metadata.namespace=a');
    expect(refusal(() => parseListOptions(query, false, false))).toBe(
      '400 field label not supported: metadata.namespace',
    );
  });
});

describe('options of a watch', () => {
  test.each([
    ['', undefined],
    ['resourceVersion=5', undefined],
    ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan', undefined],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=5', undefined],
    ['sendInitialEvents=true', INVALID + NEEDS_MATCH],
    ['sendInitialEvents=false&resourceVersion=5', INVALID + NEEDS_MATCH],
    ['resourceVersionMatch=NotOlderThan&resourceVersion=5', INVALID + NEEDS_SEND],
    [
      'resourceVersionMatch=Exact&resourceVersion=5',
      `${INVALID}[${NEEDS_SEND}, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]`,
    ],
    ['continue=x', INVALID + MATCH_WITH_CONTINUE],
    ['continue=x&resourceVersion=0', INVALID + MATCH_WITH_CONTINUE],
    ['continue=x&resourceVersion=5', undefined],
    ['resourceVersion=x', /^400 invalid resource version/],
  ])('%j: %s', (query, expected) => {
    const actual = refusal(() => parseListOptions(new URLSearchParams(query), true, true));
    if (expected instanceof RegExp) expect(actual).toMatch(expected);
    else expect(actual).toBe(expected);
  });

  test('without a usable timeout the server chooses', () => {
    const timeout = (query: string): unknown => parseListOptions(new URLSearchParams(query), true, true).timeoutSeconds;
    expect(timeout('')).toBeUndefined();
    expect(timeout('timeoutSeconds=0')).toBeUndefined();
    expect(timeout('timeoutSeconds=-5')).toBeUndefined();
    expect(timeout('timeoutSeconds=%2B7')).toBe(7);
  });
});

test.each([
  ['', false],
  ['b=false', false],
  ['b=FALSE', false],
  ['b=0', false],
  ['b', true],
  ['b=', true],
  ['b=1', true],
  ['b=nonsense', true],
])('the boolean in %j is %j', (query, expected) => {
  expect(parseBoolean(new URLSearchParams(query), 'b')).toBe(expected);
});

test('a resourceVersion above what is exact stays in the future', () => {
  expect(parseRequestedRevision('18446744073709551615')).toEqual({
    type: 'at',
    revision: Number.MAX_SAFE_INTEGER,
    text: '18446744073709551615',
  });
});

test.each([
  ['', 'Metadata'],
  ['includeObject=', 'Metadata'],
  ['includeObject=Object', 'Object'],
  ['includeObject=None', 'None'],
])('%j makes table rows carry %s', (query, expected) => {
  expect(parseIncludeObject(new URLSearchParams(query))).toBe(expected);
});

test('another includeObject is refused', () => {
  expect(refusal(() => parseIncludeObject(new URLSearchParams('includeObject=all')))).toBe(
    '400 Unable to convert to Table as requested: includeObject: Invalid value: "all": ' +
      "must be 'Metadata', 'Object', 'None', or empty",
  );
});
