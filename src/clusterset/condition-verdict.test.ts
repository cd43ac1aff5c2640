import { describe, expect, it } from 'vitest';
import { merge } from '../../test/support/exporters.ts';
import { type ConditionVerdict, judgeConflict, toCondition } from './condition-verdict.ts';
import { CONFLICT_REASONS } from './conflict-reason.ts';

const NOW = '2026-02-01T00:00:00Z';
const valid: ConditionVerdict = { type: 'Valid', status: 'True', reason: 'Valid', message: 'x', observedGeneration: 3 };

describe('toCondition', () => {
  it('starts with the present in whole seconds', () => {
    expect(toCondition(valid, { previous: [], now: NOW })).toEqual({
      type: 'Valid',
      status: 'True',
      observedGeneration: 3,
      lastTransitionTime: '2026-02-01T00:00:00Z',
      reason: 'Valid',
      message: 'x',
    });
  });

  it('keeps its time while the status stays, whatever the reason and message', () => {
    const previous = [{ type: 'Valid', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' } as const];
    const changed = { ...valid, reason: 'Other', message: 'y' };
    expect(toCondition(changed, { previous, now: NOW }).lastTransitionTime).toBe('2026-01-01T00:00:00Z');
    const flipped: ConditionVerdict = { ...valid, status: 'Unknown' };
    expect(toCondition(flipped, { previous, now: NOW }).lastTransitionTime).toBe('2026-02-01T00:00:00Z');
    const otherType = { ...valid, type: 'Ready' };
    expect(toCondition(otherType, { previous, now: NOW }).lastTransitionTime).toBe('2026-02-01T00:00:00Z');
  });

  it('has no observedGeneration where there is none', () => {
    expect(toCondition({ ...valid, observedGeneration: undefined }, { previous: [], now: NOW })).not.toHaveProperty(
      'observedGeneration',
    );
  });
});

describe('judgeConflict', () => {
  it('joins the reasons with commas and nothing else', () => {
    const merged = merge({ a: { labels: { a: '1' } }, b: { spec: { ports: [{ port: 1 }] } } });
    expect(judgeConflict(merged)).toMatchObject({ status: 'True', reason: 'PortConflict,LabelsConflict' });
  });

  it('says the same for one exporter as for many that agree', () => {
    const agreed = { status: 'False', reason: 'NoConflicts', message: 'All exporting clusters agree.' };
    expect(judgeConflict(merge({ a: {} }))).toEqual(agreed);
    expect(judgeConflict(merge({ a: {}, b: {}, c: {} }))).toEqual(agreed);
  });

  it('never makes a reason that the API refuses', () => {
    expect(CONFLICT_REASONS.join(',')).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
    expect(CONFLICT_REASONS.join(',')).toHaveLength(189);
  });
});
