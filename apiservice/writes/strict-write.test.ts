import { expect, test, vi } from 'vitest';
import { badRequest, conflict } from '../../src/kube/api-errors.ts';
import type { RowWrite } from '../../src/kube/row-write.ts';
import { refuseObject } from './field-validation.ts';
import { performStrictly } from './strict-write.ts';

const TYPE = { group: 'example.com', version: 'v1', kind: 'Thing' };
const WRITE: RowWrite = {
  target: { ...TYPE, resource: 'things', namespace: 'prod', name: 'east.api', subresource: '' },
  options: { dryRun: false, fieldManager: 'test', fieldValidation: 'Strict' },
  user: { name: 'jane', uid: undefined, groups: [], extra: {} },
  auditId: 'a',
  isOver: () => false,
  warn: () => undefined,
};
const DOUBLED = 'duplicate field "spec.a"';

function strictly(
  validation: 'Ignore' | 'Strict' | 'Warn',
  faults: readonly string[] = [DOUBLED],
): Parameters<typeof performStrictly>[1] {
  return { faults, validation, refuse: refuseObject(TYPE) };
}

test('a body without faults is written once, as it was asked', async () => {
  const perform = vi.fn((write: RowWrite) => Promise.resolve(write.options.dryRun));
  await expect(performStrictly(WRITE, strictly('Strict', []), perform)).resolves.toEqual({
    answer: false,
    warnings: [],
  });
  expect(perform).toHaveBeenCalledTimes(1);
});

test('faults are warned about, or passed over', async () => {
  const perform = (): Promise<number> => Promise.resolve(1);
  await expect(performStrictly(WRITE, strictly('Warn'), perform)).resolves.toEqual({ answer: 1, warnings: [DOUBLED] });
  await expect(performStrictly(WRITE, strictly('Ignore'), perform)).resolves.toEqual({ answer: 1, warnings: [] });
});

test('a strict request with faults is never written, only rehearsed', async () => {
  const perform = vi.fn((write: RowWrite) => Promise.resolve(write.options.dryRun));
  await expect(performStrictly(WRITE, strictly('Strict'), perform)).rejects.toThrow(
    `strict decoding error: ${DOUBLED}`,
  );
  expect(perform.mock.calls.map(([write]) => write.options.dryRun)).toEqual([true]);
});

test('what the member does not know is told together with it', async () => {
  const member = badRequest(
    'Thing in version "v1" cannot be handled as a Thing: strict decoding error: unknown field "spec.b"',
  );
  await expect(performStrictly(WRITE, strictly('Strict'), () => Promise.reject(member))).rejects.toThrow(
    `strict decoding error: ${DOUBLED}, unknown field "spec.b"`,
  );
});

test('another refusal of the member is told as it is', async () => {
  const member = conflict({ group: 'example.com', resource: 'things' }, 'east.api', 'it changed');
  await expect(performStrictly(WRITE, strictly('Strict'), () => Promise.reject(member))).rejects.toBe(member);
});
