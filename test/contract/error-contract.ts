import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FORMS, list, parsed, refusalOf } from './forms.ts';
import type { Subject } from './target.ts';
import { apiVersionOf, call, collectionPath, objectPath } from './target.ts';

const METHODS = {
  create: { method: 'POST', named: false },
  update: { method: 'PUT', named: true },
  patch: { method: 'PATCH', named: true },
  delete: { method: 'DELETE', named: true },
  deletecollection: { method: 'DELETE', named: false },
} as const;

/** What one version of one resource refuses, and how, and what discovery says of it. */
export function describeErrors(subjectOf: () => Subject): void {
  describe('errors', () => {
    test('an object that is not there is a Status that names it', async () => {
      const subject = subjectOf();
      const { group, definition } = subject.served;
      const namespace = definition.scope === 'Namespaced' ? { namespace: 'no-such-namespace' } : {};
      const answer = await call(subject.target, objectPath(subject, { metadata: { ...namespace, name: 'nothing' } }));
      expect(refusalOf(answer)).toBe('404 NotFound');
      expect(JSON.parse(answer.text)).toMatchObject({
        message: `${definition.resource}.${group} "nothing" not found`,
        details: { name: 'nothing', group, kind: definition.resource },
      });
    });

    test('are written in the media type that was asked for', async () => {
      const subject = subjectOf();
      const path = `${collectionPath(subject)}?limit=abc`;
      const yaml = await call(subject.target, path, { accept: FORMS.yaml });
      expect([yaml.status, yaml.headers['content-type']]).toEqual([400, 'application/yaml']);
      expect(parse(yaml.text)).toMatchObject({ kind: 'Status', reason: 'BadRequest' });
      expect(refusalOf(await call(subject.target, path, { accept: FORMS.table }))).toBe('400 BadRequest');
    });

    test('what no media type fits is not acceptable', async () => {
      const subject = subjectOf();
      for (const accept of ['application/vnd.kubernetes.protobuf', 'text/html', 'application/JSON']) {
        const answer = await call(subject.target, collectionPath(subject), { accept });
        expect(refusalOf(answer)).toBe('406 NotAcceptable');
      }
      const fallback = 'application/vnd.kubernetes.protobuf, application/json';
      expect((await call(subject.target, collectionPath(subject), { accept: fallback })).status).toBe(200);
    });

    test('unknown resources and versions are no API', async () => {
      const subject = subjectOf();
      const { group } = subject.served;
      for (const path of [
        `/apis/${apiVersionOf(subject)}/nothing`,
        `/apis/${group}/v99/${subject.served.definition.resource}`,
      ]) {
        const answer = await call(subject.target, path);
        expect([answer.status, answer.text]).toEqual([404, '404 page not found\n']);
      }
    });

    test('verbs that are not implemented are not allowed', async () => {
      const subject = subjectOf();
      const { definition } = subject.served;
      const [item] = (await list(subject)).items;
      if (item === undefined) return;
      for (const [verb, { method, named }] of Object.entries(METHODS)) {
        if (definition.implementedVerbs.some((implemented) => implemented === verb)) continue;
        const path = named ? objectPath(subject, item) : collectionPath(subject, item.metadata.namespace);
        const headers = { 'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
        const answer = await call(subject.target, path, { method, headers, body: '{}' });
        expect(refusalOf(answer), verb).toBe('405 MethodNotAllowed');
        const { message } = JSON.parse(answer.text) as { message: string };
        const { readOnlyMessage } = definition;
        if (readOnlyMessage !== undefined) expect(message).toBe(readOnlyMessage(named ? item.metadata.name : ''));
      }
    });

    test('HEAD is answered like GET', async () => {
      const subject = subjectOf();
      const answer = await call(subject.target, collectionPath(subject), { method: 'HEAD' });
      expect([answer.status, answer.text]).toEqual([200, '']);
    });
  });

  test('discovery shows the resource with its advertised verbs', async () => {
    const subject = subjectOf();
    const { definition } = subject.served;
    const body = parsed<{ resources: { name: string }[] }>(
      await call(subject.target, `/apis/${apiVersionOf(subject)}`),
    );
    expect(body.resources.find(({ name }) => name === definition.resource)).toMatchObject({
      kind: definition.kind,
      namespaced: definition.scope === 'Namespaced',
      verbs: [...definition.advertisedVerbs].sort(),
    });
  });
}
