import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/object.ts';
import { compareKeys, keyOf } from '../../src/kube/object.ts';
import type { SubresourceKind } from '../../src/resources/definition.ts';
import type { ListBody, TableBody } from './forms.ts';
import { FORMS, list, parsed, refusalOf } from './forms.ts';
import type { Subject } from './target.ts';
import { apiVersionOf, call, collectionPath, objectPath } from './target.ts';

const OBJECTS_LOOKED_AT_MAX = 3;

/** What GET and LIST of one version of one resource answer in every form. */
export function describeReads(subjectOf: () => Subject): void {
  describe('list', () => {
    test('names its kind and revision, and each object names its own', async () => {
      const subject = subjectOf();
      const { kind } = subject.served.definition;
      const body = await list(subject);
      expect(body).toMatchObject({ kind: `${kind}List`, apiVersion: apiVersionOf(subject) });
      expect(body.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
      expect(body.items.length, 'the target holds at least two objects').toBeGreaterThan(1);
      for (const item of body.items) {
        expect(item).toMatchObject({ kind, apiVersion: apiVersionOf(subject) });
        expect(item.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
        expect(Number(item.metadata.resourceVersion)).toBeLessThanOrEqual(Number(body.metadata.resourceVersion));
        for (const entry of item.metadata.managedFields ?? []) expect(entry['apiVersion']).not.toBe('');
      }
      const keys = body.items.map(keyOf);
      expect(keys).toEqual([...keys].sort(compareKeys));
    });

    test('of one namespace is that part of the whole', async () => {
      const subject = subjectOf();
      if (subject.served.definition.scope === 'Cluster') return;
      const { items } = await list(subject);
      for (const namespace of new Set(items.map(({ metadata }) => metadata.namespace ?? ''))) {
        const part = parsed<ListBody>(await call(subject.target, collectionPath(subject, namespace)));
        expect(part.items).toEqual(items.filter(({ metadata }) => metadata.namespace === namespace));
      }
      const empty = parsed<ListBody>(await call(subject.target, collectionPath(subject, 'no-such-namespace')));
      expect(empty.items).toEqual([]);
      expect(empty.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
    });

    test('means the same in JSON, indented JSON and YAML', async () => {
      const subject = subjectOf();
      const body = await list(subject);
      expect(await list(subject, '', FORMS.yaml)).toEqual(body);
      const pretty = await call(subject.target, `${collectionPath(subject)}?pretty=true`);
      expect(JSON.parse(pretty.text)).toEqual(body);
      expect(pretty.text).toContain('\n  "');
    });

    test('as metadata holds the metadata of each object', async () => {
      const subject = subjectOf();
      const { items, metadata } = await list(subject);
      const body = await list(subject, '', FORMS.metadataList);
      expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
      expect(body.metadata.resourceVersion).toBe(metadata.resourceVersion);
      expect(body.items).toEqual(
        items.map((item) => ({
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: item.metadata,
        })),
      );
      const wrong = await call(subject.target, collectionPath(subject), { accept: FORMS.metadata });
      expect(refusalOf(wrong)).toBe('406 NotAcceptable');
    });

    test('has pages that make up the whole', async () => {
      const subject = subjectOf();
      const whole = await list(subject);
      const seen: unknown[] = [];
      let page = await list(subject, 'limit=1');
      for (;;) {
        expect(page.metadata.resourceVersion).toBe(whole.metadata.resourceVersion);
        seen.push(...page.items);
        const more = whole.items.length - seen.length;
        expect(page.metadata.remainingItemCount).toBe(more === 0 ? undefined : more);
        if ((page.metadata.continue ?? '') === '') break;
        page = await list(subject, `limit=1&continue=${page.metadata.continue ?? ''}`);
      }
      expect(seen).toEqual(whole.items);
    });

    test('selects by name, namespace and label', async () => {
      const subject = subjectOf();
      const { items } = await list(subject);
      const [first] = items;
      if (first === undefined) return;
      const named = await list(subject, `fieldSelector=metadata.name%3D${first.metadata.name}`);
      expect(named.items).toEqual(items.filter(({ metadata }) => metadata.name === first.metadata.name));
      const others = await list(subject, `fieldSelector=metadata.name!%3D${first.metadata.name}`);
      expect(others.items).toHaveLength(items.length - named.items.length);
      if (subject.served.definition.scope === 'Namespaced') {
        const inside = await list(subject, `fieldSelector=metadata.namespace%3D${first.metadata.namespace ?? ''}`);
        expect(inside.items).toEqual(items.filter(({ metadata }) => metadata.namespace === first.metadata.namespace));
      }
      expect((await list(subject, 'labelSelector=no.such/label')).items).toEqual([]);
      expect((await list(subject, 'labelSelector=!no.such%2Flabel')).items).toEqual(items);
    });

    test.each([
      ['', 200],
      ['resourceVersion=0', 200],
      ['resourceVersion=NOW', 200],
      ['resourceVersion=NOW&resourceVersionMatch=Exact', 200],
      ['resourceVersion=NOW&resourceVersionMatch=NotOlderThan', 200],
      ['resourceVersion=0&resourceVersionMatch=NotOlderThan', 200],
      ['resourceVersion=1&resourceVersionMatch=Exact', '410 Expired'],
      ['resourceVersion=0&resourceVersionMatch=Exact', '422 Invalid'],
      ['resourceVersionMatch=Exact', '422 Invalid'],
      ['resourceVersionMatch=NotOlderThan', '422 Invalid'],
      ['resourceVersion=NOW&resourceVersionMatch=Nearly', '422 Invalid'],
      ['sendInitialEvents=true', '422 Invalid'],
      ['resourceVersion=abc', '400 BadRequest'],
      ['limit=abc', '400 BadRequest'],
      ['timeoutSeconds=abc', '400 BadRequest'],
      ['continue=abc', '400 BadRequest'],
      ['labelSelector=a%20b', '400 BadRequest'],
      ['fieldSelector=spec.nothing%3D1', '400 BadRequest'],
      ['somethingElse=1&pretty=abc', 200],
    ])('%j: %s', async (query, expected) => {
      const subject = subjectOf();
      const now = (await list(subject)).metadata.resourceVersion;
      const answer = await call(subject.target, `${collectionPath(subject)}?${query.replace('NOW', now)}`);
      expect(answer.status === 200 ? 200 : refusalOf(answer)).toBe(expected);
    });

    test('of a future revision waits, then says that it is too large', async () => {
      const subject = subjectOf();
      const answer = await call(subject.target, `${collectionPath(subject)}?resourceVersion=9000000000000000000`);
      expect(refusalOf(answer)).toBe('504 Timeout');
      expect(JSON.parse(answer.text)).toMatchObject({ details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });
      expect(answer.headers['retry-after']).toBe('1');
    });
  });

  describeTables(subjectOf);
  describeGet(subjectOf);
}

function describeTables(subjectOf: () => Subject): void {
  describe('table', () => {
    test('has the columns of the definition and a row for each object', async () => {
      const subject = subjectOf();
      const { items, metadata } = await list(subject);
      const answer = await call(subject.target, collectionPath(subject), { accept: FORMS.table });
      const table = parsed<TableBody>(answer);
      const { columns } = subject.served.definition;
      expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      expect(table.metadata.resourceVersion).toBe(metadata.resourceVersion);
      expect(table.columnDefinitions).toEqual(
        columns.map(({ name, type, format, description, priority }) => ({ name, type, format, description, priority })),
      );
      expect(table.rows.map(({ object }) => object)).toEqual(
        items.map((item) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: item.metadata })),
      );
      const nameAt = columns.findIndex(({ format }) => format === 'name');
      for (const [index, { cells }] of table.rows.entries()) {
        expect(cells).toHaveLength(columns.length);
        expect(cells[nameAt]).toBe(items[index]?.metadata.name);
        for (const cell of cells) expect(['string', 'number', 'boolean', 'null']).toContain(jsonType(cell));
      }
    });

    test('is there for the older version of tables, and in YAML', async () => {
      const subject = subjectOf();
      const path = collectionPath(subject);
      const table = parsed<TableBody>(await call(subject.target, path, { accept: FORMS.table }));
      const beta = parsed<TableBody>(await call(subject.target, path, { accept: FORMS.tableBeta }));
      expect(beta.apiVersion).toBe('meta.k8s.io/v1beta1');
      expect(beta.rows).toHaveLength(table.rows.length);
      const yaml = await call(subject.target, path, { accept: FORMS.table.replace('json', 'yaml') });
      expect(parsed<TableBody>(yaml).rows.map(({ object }) => object)).toEqual(table.rows.map(({ object }) => object));
    });

    test('carries what includeObject asks for', async () => {
      const subject = subjectOf();
      const { items } = await list(subject);
      const rows = async (include: string): Promise<unknown> => {
        const path = `${collectionPath(subject)}?includeObject=${include}`;
        const answer = await call(subject.target, path, { accept: FORMS.table });
        return answer.status === 200 ? parsed<TableBody>(answer).rows.map(({ object }) => object) : refusalOf(answer);
      };
      expect(await rows('Object')).toEqual(items);
      expect(await rows('None')).toEqual(items.map(() => null));
      expect(await rows('Other')).toBe('400 BadRequest');
    });
  });
}

function describeGet(subjectOf: () => Subject): void {
  describe('get', () => {
    test('answers with the object of the list, in every form', async () => {
      const subject = subjectOf();
      const { items } = await list(subject);
      for (const item of items.slice(0, OBJECTS_LOOKED_AT_MAX)) {
        const get = async (accept: string): Promise<unknown> =>
          parsed(await call(subject.target, objectPath(subject, item), { accept }));
        expect(await get(FORMS.json)).toEqual(item);
        expect(await get(FORMS.yaml)).toEqual(item);
        expect(await get(FORMS.metadata)).toEqual({
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: item.metadata,
        });
        expect(await get(FORMS.table)).toMatchObject({
          kind: 'Table',
          metadata: { resourceVersion: item.metadata.resourceVersion },
          rows: [{ object: { metadata: item.metadata } }],
        });
      }
    });

    test('answers the same for its subresources', async () => {
      const subject = subjectOf();
      const [item] = (await list(subject)).items;
      if (item === undefined) return;
      const readable = subject.version.subresources.filter(({ verbs }) => verbs.includes('get'));
      for (const { name, answer } of readable) {
        const body = parsed<KubeObject>(await call(subject.target, `${objectPath(subject, item)}/${name}`));
        if (answer === undefined) expect(body).toEqual(item);
        else expect(body).toMatchObject(typeBelow(answer, item));
      }
      expect((await call(subject.target, `${objectPath(subject, item)}/nothing`)).status).toBe(404);
    });

    test('answers each form for subresources that have a kind of their own', async () => {
      const subject = subjectOf();
      const [item] = (await list(subject)).items;
      if (item === undefined) return;
      for (const { name, answer, verbs } of subject.version.subresources) {
        if (answer === undefined || !verbs.includes('get')) continue;
        const get = async (accept: string): Promise<unknown> =>
          parsed(await call(subject.target, `${objectPath(subject, item)}/${name}`, { accept }));
        const body = (await get(FORMS.json)) as KubeObject;
        expect(await get(FORMS.yaml)).toEqual(body);
        expect(await get(FORMS.metadata)).toEqual({
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: body.metadata,
        });
        const table = (await get(FORMS.table)) as TableBody;
        expect(table.columnDefinitions).toEqual(answer.columns);
        for (const { cells } of table.rows) expect(cells).toHaveLength(answer.columns.length);
      }
    });

    test.each([
      ['resourceVersion=0', 200],
      ['resourceVersion=1', 200],
      ['watch=1', 200],
      ['resourceVersion=abc', '400 BadRequest'],
    ])('%j: %s', async (query, expected) => {
      const subject = subjectOf();
      const [item] = (await list(subject)).items;
      if (item === undefined) return;
      const answer = await call(subject.target, `${objectPath(subject, item)}?${query}`);
      expect(answer.status === 200 ? 200 : refusalOf(answer)).toBe(expected);
    });
  });
}

/** What an answer of a subresource with a kind of its own shares with the object that it is about. */
function typeBelow({ group, version, kind }: SubresourceKind, { metadata }: KubeObject): object {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion: `${group}/${version}`, kind, metadata: { name, namespace, uid, resourceVersion } };
}

function jsonType(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
