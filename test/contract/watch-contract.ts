import { describe, expect, test } from 'vitest';
import { FORMS, list, refusalOf, watched } from './forms.ts';
import type { Subject } from './target.ts';
import { apiVersionOf, call, collectionPath } from './target.ts';

const WATCH_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const MARK = { 'k8s.io/initial-events-end': 'true' };

/** What WATCH of one version of one resource answers, on content that stands still. */
export function describeWatches(subjectOf: () => Subject): void {
  describe('watch', () => {
    test.each(['', 'resourceVersion=0', 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan'])(
      'from %j begins with every object',
      async (query) => {
        const subject = subjectOf();
        const { items } = await list(subject);
        const events = await watched(subject, query);
        expect(events).toEqual(items.map((object) => ({ type: 'ADDED', object })));
      },
    );

    test('marks the end of the initial events once, in every form', async () => {
      const subject = subjectOf();
      const { items, metadata } = await list(subject);
      const marked = { resourceVersion: metadata.resourceVersion, annotations: MARK };
      const plain = await watched(subject, WATCH_LIST);
      expect(plain.slice(0, items.length)).toEqual(items.map((object) => ({ type: 'ADDED', object })));
      expect(plain[items.length]).toMatchObject({
        type: 'BOOKMARK',
        object: { kind: subject.served.definition.kind, apiVersion: apiVersionOf(subject), metadata: marked },
      });
      const partial = await watched(subject, WATCH_LIST, FORMS.metadata);
      expect(partial).toHaveLength(items.length + 1);
      expect(partial[items.length]).toMatchObject({
        type: 'BOOKMARK',
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: marked },
      });
      const table = await watched(subject, WATCH_LIST, FORMS.table);
      expect(table.map(({ object }) => object.rows?.length)).toEqual(table.map(() => 1));
      expect(table[0]?.object.columnDefinitions).toHaveLength(subject.served.definition.columns.length);
      expect(table[1]?.object.columnDefinitions).toBeNull();
      expect(table[items.length]).toMatchObject({
        type: 'BOOKMARK',
        object: { kind: 'Table', rows: [{ object: { metadata: marked } }] },
      });
    });

    test('marks the end of nothing too', async () => {
      const events = await watched(subjectOf(), `${WATCH_LIST}&labelSelector=no.such%2Flabel`);
      expect(events).toMatchObject([{ type: 'BOOKMARK', object: { metadata: { annotations: MARK } } }]);
    });

    test('from the revision of a list shows what happens after it: nothing here', async () => {
      const subject = subjectOf();
      const { resourceVersion } = (await list(subject)).metadata;
      expect(await watched(subject, `resourceVersion=${resourceVersion}`)).toEqual([]);
      expect(await watched(subject, 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan')).toEqual([]);
    });

    test('selects like a list', async () => {
      const subject = subjectOf();
      const [first] = (await list(subject)).items;
      const query = `fieldSelector=metadata.name%3D${first?.metadata.name ?? ''}`;
      const { items } = await list(subject, query);
      expect(await watched(subject, query)).toEqual(items.map((object) => ({ type: 'ADDED', object })));
    });

    test.each([FORMS.json, FORMS.metadata, FORMS.table])(
      'from a revision that cannot be continued is 410 in the stream, as a Status in the form %s',
      async (accept) => {
        const subject = subjectOf();
        for (const revision of ['1', '9000000000000000']) {
          const events = await watched(subject, `resourceVersion=${revision}`, accept);
          expect(events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
        }
      },
    );

    test.each([
      ['sendInitialEvents=true', FORMS.json, '422 Invalid'],
      ['resourceVersionMatch=NotOlderThan', FORMS.json, '422 Invalid'],
      ['resourceVersionMatch=Exact&resourceVersion=5', FORMS.json, '422 Invalid'],
      ['continue=abc', FORMS.json, '422 Invalid'],
      ['resourceVersion=abc', FORMS.json, '400 BadRequest'],
      ['timeoutSeconds=abc', FORMS.json, '400 BadRequest'],
      ['labelSelector=a%20b', FORMS.json, '400 BadRequest'],
      ['fieldSelector=spec.nothing%3D1', FORMS.json, '400 BadRequest'],
      ['', FORMS.metadataList, '406 NotAcceptable'],
      ['', 'application/vnd.kubernetes.protobuf;stream=watch', '406 NotAcceptable'],
    ])('%j as %s is refused before it begins: %s', async (query, accept, expected) => {
      const subject = subjectOf();
      const answer = await call(subject.target, `${collectionPath(subject)}?watch=1&${query}`, { accept });
      expect(refusalOf(answer)).toBe(expected);
    });

    test('is not compressed', async () => {
      const subject = subjectOf();
      const answer = await call(subject.target, `${collectionPath(subject)}?watch=1&timeoutSeconds=1`, {
        headers: { 'Accept-Encoding': 'gzip' },
      });
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(answer.headers['content-length']).toBeUndefined();
    });
  });
}
