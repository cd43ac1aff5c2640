import { describe, expect, it } from 'vitest';
import { admissionContext } from '../../../test/support/admission.ts';
import { beginProfiles, createMedium, PROFILE_KEY } from '../../../test/support/profile-life.ts';
import type { JsonObject, KubeObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { RowAnswer, RowChange, RowWrite, RowWrites } from '../../kube/row-write.ts';
import type { WriteRecord } from '../../members/write/index.ts';
import { mergeDecisions, NO_OBJECTION } from '../../operator-rules/index.ts';
import type { OperatorDecision } from '../../operator-rules/index.ts';
import type { OperatorJudge } from './operator-rules.ts';
import { withOverlayWrites } from './overlay-kinds.ts';
import { createWriteJudge } from './write-judge.ts';

/** The rules of an installation, which say this to every write. */
function saying(said: Partial<OperatorDecision>): Pick<OperatorJudge, 'judge'> {
  const decision: OperatorDecision = { ...NO_OBJECTION, ...said };
  return { judge: ({ request }, own) => Promise.resolve(mergeDecisions(own(request), decision)) };
}

interface World {
  readonly writes: RowWrites;
  readonly records: WriteRecord[];
  /** Warnings that go with a refusal. */
  readonly told: string[];
  readonly shown: () => KubeObject | undefined;
  readonly ask: (change: RowChange['change'], status?: 'status', dryRun?: boolean) => Promise<RowAnswer>;
}

async function open(said: Partial<OperatorDecision> = {}): Promise<World> {
  const life = await beginProfiles(createMedium());
  const [records, told]: [WriteRecord[], string[]] = [[], []];
  const elsewhere = (): never => {
    throw new Error('it went to a member');
  };
  const log = { info: elsewhere, warn: elsewhere, error: elsewhere, debug: elsewhere };
  const operatorRules = { ...saying(said), checks: [], close: () => Promise.resolve() };
  const writes = withOverlayWrites(
    { create: elsewhere, change: elsewhere, apply: elsewhere, remove: elsewhere },
    {
      profiles: life.profiles,
      judge: createWriteJudge({ admission: admissionContext(), operatorRules, log }),
      record: (record) => records.push(record),
      monotonic: () => 0,
    },
  );
  return {
    ...{ writes, records, told, shown: life.shown },
    ask: (change, status, dryRun) =>
      writes.change(rowWrite({ status, dryRun, warn: (text) => told.push(text) }), { type: 'patch', change }),
  };
}

function rowWrite(of: {
  readonly status?: 'status' | undefined;
  readonly dryRun?: boolean | undefined;
  readonly warn?: RowWrite['warn'];
}): RowWrite {
  const { status = '', dryRun = false, warn = (): void => undefined } = of;
  return {
    target: {
      ...{ resource: 'clusterprofiles', group: 'multicluster.x-k8s.io', kind: 'ClusterProfile', version: 'v1alpha1' },
      ...{ ...PROFILE_KEY, subresource: status },
    },
    options: { dryRun, fieldManager: 'test', fieldValidation: 'Strict' },
    user: { name: 'jane', uid: undefined, groups: ['dev'], extra: {} },
    ...{ auditId: 'audit-1', isOver: () => false, warn },
  };
}

function labelled(shown: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  return { ...shown, metadata: { ...shown.metadata, labels: { ...shown.metadata.labels, ...labels } } };
}

function offering(entry: JsonObject): RowChange['change'] {
  return (shown) => {
    const status = isJsonObject(shown.status) ? shown.status : {};
    const ours = status['accessProviders'];
    return { ...shown, status: { ...status, accessProviders: [...(ours as JsonObject[]), entry] } };
  };
}

const SERVER = 'https://other.example.com';

describe('a write to a profile', () => {
  it('leaves one record, as a write to a member does', async () => {
    const { ask, records } = await open();
    await ask((shown) => labelled(shown, { team: 'x' }));
    expect(records).toEqual([
      {
        ...{ user: { name: 'jane', uid: undefined, groups: ['dev'], extra: {} }, verb: 'patch', to: 'profile' },
        ...{ cluster: 'east', resource: 'clusterprofiles', namespace: 'inventory', name: 'east', dryRun: false },
        ...{ auditId: 'audit-1', code: 200, reason: undefined, durationMs: 0 },
      },
    ]);
  });

  it('leaves one for a refusal, a rehearsal and the status, too', async () => {
    const { ask, writes, records } = await open();
    const plain = offering({ name: 'x', cluster: { server: 'http://x' } });
    await expect(ask(plain, 'status')).rejects.toThrow('must be an https URL with a host');
    await ask((shown) => labelled(shown, { a: 'b' }), undefined, true);
    await expect(writes.apply(rowWrite({}), {}, false)).rejects.toThrow('server-side apply of clusterprofiles');
    expect(
      records.map(({ verb, resource, code, reason, dryRun }) => ({ verb, resource, code, reason, dryRun })),
    ).toEqual([
      { verb: 'patch', resource: 'clusterprofiles/status', code: 422, reason: 'Invalid', dryRun: false },
      { verb: 'patch', resource: 'clusterprofiles', code: 200, reason: undefined, dryRun: true },
      { verb: 'apply', resource: 'clusterprofiles', code: 415, reason: 'UnsupportedMediaType', dryRun: false },
    ]);
  });

  it('is judged by the rules of profiles', async () => {
    const { ask, shown } = await open();
    const before = shown();
    const secret = {
      name: 'x',
      cluster: { server: SERVER, extensions: [{ name: 'e', extension: { token: 'mArKeR' } }] },
    };
    const file = { name: 'x', cluster: { server: SERVER, 'certificate-authority': '/ca.crt' } };
    await expect(ask(offering(secret), 'status')).rejects.toThrow('looks like a credential');
    await expect(ask(offering(secret), 'status')).rejects.not.toThrow('mArKeR');
    await expect(ask(offering(file), 'status')).rejects.toThrow('use certificate-authority-data');
    expect(shown()).toEqual(before);
  });

  it('passes on what rules warn of, with a success and with a refusal', async () => {
    const { ask, told } = await open();
    const insecure = { name: 'x', cluster: { server: SERVER, 'insecure-skip-tls-verify': true } };
    const { warnings } = await ask(offering(insecure), 'status');
    expect(warnings).toEqual(['access provider "x" disables TLS verification']);
    const worse = { ...insecure, name: 'y', cluster: { ...insecure.cluster, 'certificate-authority': '/ca.crt' } };
    await expect(ask(offering(worse), 'status')).rejects.toThrow('certificate-authority');
    expect(told).toEqual(['access provider "x" disables TLS verification']);
  });

  it('is judged by the rules of the installation, with what they note in the record', async () => {
    const cause = { field: 'metadata.labels', reason: 'FieldValueInvalid', message: 'has no owner' } as const;
    const { ask, told, records, shown } = await open({
      causes: [cause],
      warnings: ['mind the owner'],
      audit: { 'owners/rule': 'noted' },
    });
    const before = shown();
    await expect(ask((object) => labelled(object, { a: 'b' }))).rejects.toThrow('has no owner');
    expect(told).toEqual(['mind the owner']);
    expect(shown()).toEqual(before);
    expect(records).toMatchObject([{ code: 422, auditAnnotations: { 'owners/rule': 'noted' } }]);
  });

  it('of conditions that are null is no fault of the schema', async () => {
    const { ask, shown } = await open();
    const before = shown();
    await ask((object) => ({ ...object, status: { ...(object.status as JsonObject), conditions: null } }), 'status');
    expect(shown()).toEqual(before);
  });
});
