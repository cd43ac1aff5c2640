import { describe, expect, it } from 'vitest';
import { memberNameOf } from './member-name.ts';

describe('memberNameOf', () => {
  it.each([['alpha'], ['a'], ['7-of-9'], ['a'.repeat(63)]])('keeps the legal name %s', (name) => {
    expect(memberNameOf(name)).toEqual({ ok: true, value: name });
  });

  it.each([
    ['Alpha', /^alpha-[0-9a-f]{8}$/],
    ['gke_project_zone.a_Name', /^gke-project-zone-a-name-[0-9a-f]{8}$/],
    ['arn:aws:eks:eu-west-1:1:cluster/x', /^arn-aws-eks-eu-west-1-1-cluster-x-[0-9a-f]{8}$/],
    ['-a-', /^a-[0-9a-f]{8}$/],
    ['***', /^member-[0-9a-f]{8}$/],
    ['Cluster', /^cluster-[0-9a-f]{8}$/],
    ['a'.repeat(64), /^a{52}-[0-9a-f]{8}$/],
    [`${'a'.repeat(51)}.${'b'.repeat(20)}`, /^a{51}-[0-9a-f]{8}$/],
  ])('maps %s', (text, expected) => {
    const outcome = memberNameOf(text);
    expect(outcome.ok && outcome.value).toMatch(expected);
    expect(memberNameOf(text)).toEqual(outcome);
  });

  it('keeps different originals apart', () => {
    expect(memberNameOf('a.b')).not.toEqual(memberNameOf('a_b'));
  });

  it('refuses reserved names', () => {
    const outcome = memberNameOf('cluster');
    expect(outcome.ok ? '' : outcome.error).toContain('is reserved');
  });
});
