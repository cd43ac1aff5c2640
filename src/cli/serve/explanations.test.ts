import { describe, expect, it } from 'vitest';
import { clusterId, service, serviceExport } from '../../../test/support/clusterset-objects.ts';
import type { SubresourceRequest } from '../../../apiservice/types.ts';
import { createClusterSetView } from '../../clusterset/index.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import { toIncarnation, toRevision } from '../../kube/revision.ts';
import { createStore } from '../../store/index.ts';
import { createExplain, createProvenanceAnswers } from './explanations.ts';
import { combineAnswers } from './subresource-answers.ts';

const EAST = clusterId('east');
const UNREACHABLE = { reason: 'Unreachable', message: undefined };
const OPTIONS = { clusterSet: undefined, ipFamilyMode: 'intersection' } as const;

function changed(resource: 'services' | 'serviceexports', ...applied: ReturnType<typeof service>[]): MemberEvent {
  return { type: 'changed', cluster: EAST, resource, applied, deleted: [] };
}

function request(name: string, subresource = 'provenance'): SubresourceRequest {
  const user = { name: 'jane', uid: undefined, groups: [], extra: {} };
  return { resource: 'serviceimports', subresource, namespace: 'prod', name, query: new URLSearchParams(), user };
}

/** A view and a store; what waits is committed only when it is settled. */
function world(...events: readonly MemberEvent[]) {
  const view = createClusterSetView(OPTIONS);
  const store = createStore({
    resources: ['serviceimports', 'serviceexports'],
    incarnation: toIncarnation(1),
    startRevision: toRevision(0),
    clock: () => 0,
    onReplaced: () => undefined,
  });
  view.apply({ type: 'registered', cluster: EAST, fingerprint: undefined });
  events.forEach(view.apply);
  for (const resource of ['serviceexports', 'services', 'clusterproperties'] as const) {
    view.apply({ type: 'synced', cluster: EAST, resource });
  }
  const asked: string[] = [];
  const explain = createExplain({
    options: OPTIONS,
    view,
    contactOf: (cluster) => {
      asked.push(cluster);
      return { phase: 'stale', lastContactMs: Date.parse('2026-01-05T12:00:30Z'), ...UNREACHABLE };
    },
    deriveNow: (key) => void store.writer.commit(view.takeChangesOf(key, 0)),
  });
  const answers = combineAnswers({
    'serviceimports/provenance': createProvenanceAnswers({ explain, store: store.reader }),
  });
  return { view, store, answers, asked };
}

describe('the provenance of a ServiceImport', () => {
  it('has the metadata of the ServiceImport as it is in the store, and what is known of members', () => {
    const { answers, store } = world(changed('serviceexports', serviceExport()), changed('services', service()));
    const answer = answers.get(request('api'));
    const stored = store.reader.get('serviceimports', { namespace: 'prod', name: 'api' });
    expect(answer?.metadata).toEqual({
      name: 'api',
      namespace: 'prod',
      uid: stored?.object.metadata.uid,
      resourceVersion: String(stored?.revision),
      creationTimestamp: '2026-01-05T10:00:00Z',
    });
    expect(answer).toMatchObject({
      exportsCounted: 1,
      exports: [{ cluster: 'east', member: { phase: 'stale', lastContactTime: '2026-01-05T12:00:00Z' } }],
    });
  });

  it('looks only at the members that export the name, however many there are', () => {
    const { answers, asked } = world(
      { type: 'registered', cluster: clusterId('west'), fingerprint: undefined },
      changed('serviceexports', serviceExport()),
      changed('services', service()),
    );
    answers.get(request('api'));
    expect(asked).toEqual(['east']);
  });

  it('never runs ahead of what is served', () => {
    const { answers, store, view } = world(changed('serviceexports', serviceExport()), changed('services', service()));
    const before = answers.get(request('api'))?.metadata.resourceVersion;
    view.apply(changed('services', service({ clusterIP: 'None' })));
    const answer = answers.get(request('api'));
    const stored = store.reader.get('serviceimports', { namespace: 'prod', name: 'api' });
    expect(answer).toMatchObject({ exports: [{ type: 'Headless' }] });
    expect(stored?.object.spec).toMatchObject({ type: 'Headless' });
    expect(answer?.metadata.resourceVersion).toBe(String(stored?.revision));
    expect(answer?.metadata.resourceVersion).not.toBe(before);
  });

  it('says why there is no ServiceImport, and is not there where nobody exports the name', () => {
    const { answers } = world(changed('serviceexports', serviceExport()));
    expect(answers.get(request('api'))).toMatchObject({
      metadata: { name: 'api', namespace: 'prod' },
      exportsCounted: 0,
      exports: [{ cluster: 'east', reason: 'NoService' }],
    });
    expect(answers.get(request('other'))).toBeUndefined();
  });

  it('is the only answer: other subresources have none, and nobody may ask this one by POST', () => {
    const { answers } = world(changed('serviceexports', serviceExport()));
    expect(answers.get(request('api', 'other'))).toBeUndefined();
    expect(() => answers.create(request('api'), {})).toThrow(/"api" not found/);
  });
});
