import { describe, expect, it } from 'vitest';
import { admissionContext } from '../../../test/support/admission.ts';
import { clusterId, serviceExport } from '../../../test/support/clusterset-objects.ts';
import type { ReviewedWrite } from '../../../webhooks/index.ts';
import type { AdmissionRule, Verdict } from '../../resources/index.ts';
import type { FieldCause } from '../../kube/api-errors.ts';
import { mergeDecisions, NO_OBJECTION } from '../../operator-rules/index.ts';
import { createJudge, type JudgeDeps } from './judge.ts';
import type { OperatorJudge } from './operator-rules.ts';

const EAST = clusterId('east');

function rule(name: string, effect: 'deny' | 'warn', verdict: Verdict): AdmissionRule {
  return { name, operations: ['CREATE', 'UPDATE', 'DELETE'], effects: [effect], evaluate: () => verdict };
}

const RULES = [
  rule('denies', 'deny', { type: 'forbid', because: 'no' }),
  rule('warns', 'warn', { type: 'allow', warnings: ['careful'] }),
];

function write(more: Partial<ReviewedWrite> = {}, rules: readonly AdmissionRule[] = RULES): ReviewedWrite {
  return {
    effect: 'deny',
    origin: { member: undefined, authenticated: false },
    subject: {
      group: 'multicluster.x-k8s.io',
      resource: 'serviceexports',
      kind: 'ServiceExport',
      scope: 'Namespaced',
      askedVersions: ['v1beta1'],
      versions: ['v1beta1'],
      rules,
      toStorage: (object) => object,
    },
    operation: 'CREATE',
    subresource: '',
    namespace: 'prod',
    name: 'api',
    object: serviceExport(),
    oldObject: undefined,
    requestVersion: 'v1beta1',
    user: { name: 'jane', uid: undefined, groups: [], extra: {} },
    dryRun: false,
    isAwaited: () => true,
    ...more,
  };
}

function judge(more: Partial<JudgeDeps> = {}) {
  return createJudge({
    memberOf: () => EAST,
    contextFor: () => admissionContext(),
    decideElsewhere: undefined,
    ...more,
  });
}

describe('the judge', () => {
  it('runs the rules of the effect that is asked for', async () => {
    expect(await judge()(write())).toMatchObject({ type: 'forbid', because: 'no' });
    expect(await judge()(write({ effect: 'warn' }))).toMatchObject({ type: 'allow', warnings: ['careful'] });
  });

  it('has nothing to say of a member that left, or of a review without its objects', async () => {
    expect(await judge({ memberOf: () => undefined })(write())).toMatchObject({ type: 'allow' });
    expect(await judge()(write({ object: undefined }))).toMatchObject({ type: 'allow' });
    expect(await judge()(write({ operation: 'UPDATE' }))).toMatchObject({ type: 'allow' });
  });

  it('leaves to others only what it would allow itself, and no advice', async () => {
    const asked: string[] = [];
    const decide: JudgeDeps['decideElsewhere'] = (_, { effect }) => {
      asked.push(effect);
      return Promise.resolve({ type: 'unavailable', because: 'later', retryAfterSeconds: 1, warnings: [] });
    };
    const own = judge({ decideElsewhere: decide });
    expect(await own(write())).toMatchObject({ type: 'forbid' });
    expect(await own(write({ effect: 'warn' }))).toMatchObject({ type: 'allow' });
    expect(asked).toEqual([]);
    expect(await own(write({}, []))).toMatchObject({ type: 'unavailable', because: 'later' });
    expect(asked).toEqual(['deny']);
  });

  it('tells rules who may be told of others', async () => {
    const tells: AdmissionRule = {
      ...rule('tells', 'warn', { type: 'allow', warnings: [] }),
      evaluate: (_, { policy }) => ({ type: 'allow', warnings: [policy.namesOthers ? 'west' : 'another cluster'] }),
    };
    const contextFor: JudgeDeps['contextFor'] = ({ origin }) =>
      admissionContext({}, { namesOthers: origin.authenticated });
    const told = (authenticated: boolean) =>
      judge({ contextFor })(write({ effect: 'warn', origin: { member: 'east', authenticated } }, [tells]));
    expect(await told(true)).toMatchObject({ warnings: ['west'] });
    expect(await told(false)).toMatchObject({ warnings: ['another cluster'] });
  });
});

describe('rules of this installation', () => {
  const operators = (causes: readonly FieldCause[]): OperatorJudge => ({
    judge: ({ request, effect }, own) =>
      Promise.resolve(
        mergeDecisions(own(causes.length > 0 ? { ...request, dryRun: true } : request), {
          ...NO_OBJECTION,
          causes: effect === 'deny' ? causes : [],
          warnings: effect === 'warn' ? ['ours'] : [],
          audit: { note: 'seen' },
        }),
      ),
    checks: [],
    close: () => Promise.resolve(),
  });

  it('deny and warn beside those of the kind', async () => {
    const cause = { field: 'metadata.name', reason: 'FieldValueForbidden', message: 'Forbidden: no' };
    const judging = judge({ operatorRules: operators([cause]) });
    expect(await judging(write({ effect: 'deny' }, []))).toMatchObject({ type: 'deny', causes: [cause] });
    expect(await judging(write({ effect: 'warn' }))).toMatchObject({
      type: 'allow',
      warnings: ['careful', 'ours'],
      auditAnnotations: { note: 'seen' },
    });
  });

  it('reserve nothing and ask nobody for whoever has gone meanwhile', async () => {
    let isAwaited = true;
    const asked: string[] = [];
    const looks: AdmissionRule = {
      ...rule('looks', 'deny', { type: 'allow', warnings: [] }),
      evaluate: ({ dryRun }) => {
        asked.push(`rule${dryRun ? ', dry run' : ''}`);
        return { type: 'allow', warnings: [] };
      },
    };
    const slow: OperatorJudge = {
      ...operators([]),
      judge: async (judged, own) => {
        await Promise.resolve();
        isAwaited = false;
        return operators([]).judge(judged, own);
      },
    };
    const decideElsewhere = (): undefined => void asked.push('hub');
    await judge({ decideElsewhere, operatorRules: slow })(write({ isAwaited: () => isAwaited }, [looks]));
    expect(asked).toEqual(['rule, dry run']);
  });

  it('come before what only the hub decides', async () => {
    const asked: string[] = [];
    const decideElsewhere = (): undefined => {
      asked.push('hub');
      return undefined;
    };
    const cause = { field: 'a', reason: 'FieldValueForbidden', message: 'no' };
    await judge({ decideElsewhere, operatorRules: operators([cause]) })(write({}, []));
    expect(asked).toEqual([]);
    await judge({ decideElsewhere, operatorRules: operators([]) })(write({}, []));
    expect(asked).toEqual(['hub']);
  });
});
