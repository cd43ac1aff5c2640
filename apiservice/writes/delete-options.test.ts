import { describe, expect, it } from 'vitest';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import { parseDeleteOptions } from './delete-options.ts';

function parse(query: string, body = '', contentType?: string) {
  return parseDeleteOptions(new URLSearchParams(query), Buffer.from(body), contentType);
}

function refusal(query: string, body = '', contentType?: string): unknown {
  try {
    return parse(query, body, contentType);
  } catch (error) {
    if (error instanceof ApiStatusError) return [error.status.code, error.status.message];
    throw error;
  }
}

describe('options of a delete', () => {
  it('may be absent', () => {
    expect(parse('')).toEqual({ dryRun: false, preconditions: {} });
  });

  it('come from the query', () => {
    const query = 'dryRun=All&gracePeriodSeconds=-5&propagationPolicy=Orphan&uid=u&resourceVersion=1';
    expect(parse(query)).toEqual({
      dryRun: true,
      gracePeriodSeconds: -5,
      propagationPolicy: 'Orphan',
      preconditions: { uid: 'u', resourceVersion: '1' },
    });
    expect(parse('orphanDependents=')).toEqual({ dryRun: false, orphanDependents: true, preconditions: {} });
  });

  it('come from the body alone if there is one', () => {
    const body =
      '{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":""},"gracePeriodSeconds":3,"else":1}';
    expect(parse('dryRun=Some&propagationPolicy=Orphan', body)).toEqual({
      dryRun: false,
      gracePeriodSeconds: 3,
      preconditions: { uid: '' },
    });
    expect(parse('dryRun=All', 'null')).toEqual({ dryRun: false, preconditions: {} });
  });

  it.each([
    '{"dryRun":["All"]}',
    '{"kind":"DeleteOptions","dryRun":["All"]}',
    '{"apiVersion":"v1","dryRun":["All"]}',
    '{"kind":"DeleteOptions","apiVersion":"meta.k8s.io/v1","dryRun":["All"]}',
    '{"kind":"DeleteOptions","apiVersion":"apps/v1","dryRun":["All"]}',
  ])('may be %s', (body) => {
    expect(parse('', body)).toEqual({ dryRun: true, preconditions: {} });
  });

  it('may be YAML', () => {
    expect(parse('', 'orphanDependents: yes\n', 'application/yaml')).toMatchObject({ orphanDependents: true });
  });

  it.each<[string, string, string]>([
    [
      'dryRun=x',
      '',
      'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported values: "All"',
    ],
    [
      'propagationPolicy=',
      '',
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [
      'propagationPolicy=Orphan&orphanDependents=false',
      '',
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ],
    [
      '',
      '{"propagationPolicy":"x"}',
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
  ])('are invalid: %s %s', (query, body, message) => {
    expect(refusal(query, body)).toEqual([422, message]);
  });

  it.each<[string, string, string]>([
    ['gracePeriodSeconds=x', '', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['', '{', "couldn't get version/kind; json parse error: unexpected end of JSON input"],
    [
      '',
      '{"kind":5}',
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
    ],
    ['', '{"apiVersion":"a/b/c"}', 'unexpected GroupVersion string: a/b/c'],
    [
      '',
      '{"dryRun":"All"}',
      'json: cannot unmarshal string into Go struct field DeleteOptions.dryRun of type []string',
    ],
    [
      '',
      '{"preconditions":{"uid":5}}',
      'json: cannot unmarshal number into Go struct field Preconditions.preconditions.uid of type types.UID',
    ],
    [
      '',
      '{"gracePeriodSeconds":1.5}',
      'json: cannot unmarshal number 1.5 into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    [
      '',
      '{"kind":"Thing","apiVersion":"v1"}',
      'no kind "Thing" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
  ])('cannot be read: %s %s', (query, body, message) => {
    expect(refusal(query, body)).toEqual([400, message]);
  });

  it('are not of any other type', () => {
    expect(refusal('', '{}', 'text/plain')).toEqual([
      415,
      expect.stringContaining('application/json, application/yaml'),
    ]);
  });
});
