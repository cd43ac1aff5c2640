import { describe, expect, it } from 'vitest';
import { admissionContext, memberIdentity, userNamed } from '../../../test/support/admission.ts';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import { createIdentityReservations } from '../../clusterset/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { JsonObject } from '../../kube/object.ts';
import { createJoinAnswers } from './join-answers.ts';

const MEMBERS = ['east', 'west'].map(clusterId);

/** east and west have the id `one` and belong to no ClusterSet, as far as the hub was told; north was never read. */
function createWorld(observed = true) {
  const known = (cluster: ClusterId) => memberIdentity(cluster, { clusterID: 'one', observed });
  const reservations = createIdentityReservations({ monotonic: () => 0, known });
  const answers = createJoinAnswers({
    admission: admissionContext({
      identityOf: known,
      otherIdentities: (cluster) =>
        [...MEMBERS.map(known), ...reservations.pending().map((claim) => memberIdentity(claim.cluster, claim))].filter(
          ({ name }) => name !== cluster,
        ),
    }),
    reservations,
    findMember: (name) => MEMBERS.find((cluster) => cluster === name),
  });
  const ask = (name: string, spec: JsonObject): unknown => {
    const where = { resource: 'clusterproperties', subresource: 'join', namespace: '', query: new URLSearchParams() };
    const answer = answers.create?.({ ...where, name, user: userNamed('system:serviceaccount:x:east') }, { spec });
    return answer !== undefined && 'status' in answer ? answer['status'] : undefined;
  };
  return { reservations, ask };
}

const DUPLICATE = {
  allowed: false,
  code: 422,
  causes: [{ field: 'spec.value', reason: 'FieldValueDuplicate' }],
};

describe('a join that a member asks for', () => {
  it('is noted as it is decided, for the first that asks', () => {
    const { ask, reservations } = createWorld();
    expect(ask('east.clusterset.k8s.io', { value: 'prod' })).toEqual({ allowed: true });
    expect(reservations.pending()).toEqual([{ cluster: 'east', clusterID: 'one', clusterSet: 'prod' }]);
    expect(ask('west.clusterset.k8s.io', { value: 'prod' })).toMatchObject(DUPLICATE);
    expect(ask('west.clusterset.k8s.io', { value: 'test' })).toEqual({ allowed: true });
  });

  it('is allowed again for the same member and value, as the webhook of a write through the hub asks', () => {
    const { ask, reservations } = createWorld();
    const written = reservations.take({ cluster: clusterId('east'), clusterID: 'one', clusterSet: 'prod' });
    expect(ask('east.clusterset.k8s.io', { value: 'prod' })).toEqual({ allowed: true });
    if (written.type === 'taken') written.undo();
    // The write in the member is still under way.
    expect(ask('west.clusterset.k8s.io', { value: 'prod' })).toMatchObject(DUPLICATE);
    expect(ask('east.clusterset.k8s.io', { value: 'test' })).toEqual({
      allowed: false,
      code: 503,
      message: 'another change of the identity of member cluster "east" is under way',
      retryAfterSeconds: 1,
    });
  });

  it('is only looked at in a dry run', () => {
    const { ask, reservations } = createWorld();
    for (const member of MEMBERS) {
      expect(ask(`${member}.clusterset.k8s.io`, { value: 'prod', dryRun: true })).toEqual({ allowed: true });
    }
    expect(reservations.pending()).toEqual([]);
    ask('east.clusterset.k8s.io', { value: 'prod' });
    expect(ask('west.clusterset.k8s.io', { value: 'prod', dryRun: true })).toMatchObject(DUPLICATE);
  });

  it('is put off while the member sees itself otherwise than the hub does', () => {
    const { ask, reservations } = createWorld();
    const spec = { value: 'prod', clusterSet: 'prod' };
    expect(ask('east.clusterset.k8s.io', { ...spec, clusterID: 'two' })).toEqual({
      allowed: false,
      code: 503,
      message: 'the hub has yet to read who member cluster "east" is by now',
      retryAfterSeconds: 1,
    });
    expect(reservations.pending()).toEqual([]);
    expect(ask('east.clusterset.k8s.io', { ...spec, clusterID: 'one' })).toEqual({ allowed: true });
  });

  it('is put off while a member was never observed', () => {
    expect(createWorld(false).ask('east.clusterset.k8s.io', { value: 'prod' })).toMatchObject({ code: 503 });
  });

  it('waits for an id that changes outside all ClusterSets', () => {
    const { ask, reservations } = createWorld();
    const id = 'east.cluster.clusterset.k8s.io';
    expect(ask(id, { value: 'two', clusterID: 'two', clusterSet: '', dryRun: true })).toEqual({ allowed: true });
    expect(reservations.pending()).toEqual([]);
    expect(ask(id, { value: 'two', clusterID: 'two', clusterSet: '' })).toEqual({ allowed: true });
    expect(ask('east.clusterset.k8s.io', { value: 'prod', clusterID: 'one', clusterSet: 'prod' })).toMatchObject({
      code: 503,
    });
    expect(ask('west.clusterset.k8s.io', { value: 'prod' })).toEqual({ allowed: true });
  });

  it('keeps an id from being changed or dropped until it is over', () => {
    const { ask } = createWorld();
    const id = 'east.cluster.clusterset.k8s.io';
    expect(ask('east.clusterset.k8s.io', { value: 'prod', clusterID: 'one', clusterSet: 'prod' })).toEqual({
      allowed: true,
    });
    expect(ask(id, { value: 'two', clusterID: 'two', clusterSet: '' })).toMatchObject({ code: 503 });
    expect(ask(id, { value: '', clusterID: '', clusterSet: '' })).toMatchObject({ code: 503 });
  });

  it.each([
    ['north.clusterset.k8s.io', { value: 'prod' }, 404],
    ['clusterset', { value: 'prod' }, 404],
    ['east.clusterset.k8s.io', {}, 422],
    ['east.clusterset.k8s.io', { value: '', clusterSet: '' }, 422],
    ['east.cluster.clusterset.k8s.io', { value: '', clusterSet: 'prod' }, 422],
    ['east.clusterset.k8s.io', { value: 7 }, 422],
  ])('is refused for %s with %j', (name, spec, code) => {
    expect.assertions(1);
    try {
      createWorld().ask(name, spec);
    } catch (error) {
      expect(error instanceof ApiStatusError && error.status.code).toBe(code);
    }
  });
});
