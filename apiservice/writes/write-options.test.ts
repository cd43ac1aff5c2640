import { describe, expect, it } from 'vitest';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import type { WriteVerb } from './write-options.ts';
import { parseWriteOptions } from './write-options.ts';

function parse(verb: WriteVerb, query: string, userAgent?: string) {
  return parseWriteOptions(verb, new URLSearchParams(query), userAgent);
}

function refusal(verb: WriteVerb, query: string): unknown {
  try {
    return parse(verb, query);
  } catch (error) {
    if (error instanceof ApiStatusError) return error.status.message;
    throw error;
  }
}

describe('options of a write', () => {
  it('have defaults', () => {
    expect(parse('create', '', 'kubectl/v1.36.4 (linux/amd64)')).toEqual({
      dryRun: false,
      fieldManager: 'kubectl',
      fieldValidation: 'Warn',
      force: false,
    });
  });

  it('are what the query says', () => {
    expect(parse('apply', 'dryRun=All&fieldManager=me&fieldValidation=Strict&force=true&else=1', 'x/1')).toEqual({
      dryRun: true,
      fieldManager: 'me',
      fieldValidation: 'Strict',
      force: true,
    });
  });

  it.each([
    ['force=false', false],
    ['force=FALSE', false],
    ['force=0', false],
    ['force=', true],
    ['force=no', true],
    ['', false],
  ])('an apply with %j forces: %s', (query, force) => {
    expect(parse('apply', `fieldManager=m&${query}`).force).toBe(force);
  });

  it('never force what is not an apply', () => {
    expect(parse('create', 'force=true').force).toBe(false);
  });

  it.each([
    ['', 'unknown'],
    [undefined, 'unknown'],
    ['/1', 'unknown'],
    ['a\u0000b\u200bc/1', 'abc'],
    ['Müller Tool/1', 'Müller Tool'],
    ['x'.repeat(200), 'x'.repeat(128)],
    ['é'.repeat(100), 'é'.repeat(64)],
    [`${'x'.repeat(127)}éy`, 'x'.repeat(127)],
  ])('the user agent %j gives the manager %j', (userAgent, manager) => {
    expect(parse('update', '', userAgent).fieldManager).toBe(manager);
  });

  it.each<[WriteVerb, string, string]>([
    [
      'create',
      'dryRun=Some',
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      'update',
      'dryRun=',
      'UpdateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: [""]: supported values: "All"',
    ],
    [
      'patch',
      'dryRun=All&dryRun=x',
      'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["All","x"]: supported values: "All"',
    ],
    [
      'patch',
      'force=false',
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ],
    [
      'apply',
      'force=true',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    [
      'create',
      'fieldValidation=strict',
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "strict": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [
      'create',
      `fieldManager=${'é'.repeat(65)}`,
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'create',
      'fieldManager=%C3%A9%07',
      String.raw`CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "é\a": invalid character U+0007 (at position 2)`,
    ],
  ])('of %s refuse %s', (verb, query, message) => {
    expect(refusal(verb, query)).toBe(message);
  });
});
