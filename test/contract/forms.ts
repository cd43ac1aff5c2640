import { expect } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Answer, Subject } from './target.ts';
import { call, collectionPath } from './target.ts';

/** The Accept headers of kubectl, informers and metadata informers, without their fallbacks. */
export const FORMS = {
  json: 'application/json',
  yaml: 'application/yaml',
  table: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  tableBeta: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
  metadata: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  metadataList: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
} as const;

export interface ListBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly KubeObject[];
}

export interface TableBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: ListBody['metadata'];
  readonly columnDefinitions: readonly { readonly name: string; readonly type: string }[] | null;
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: KubeObject | null }[];
}

export interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject & Partial<TableBody>;
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the shape it then checks
export function parsed<T>(answer: Answer): T {
  expect(answer.status, answer.text).toBe(200);
  return (answer.headers['content-type'] === 'application/yaml' ? parse(answer.text) : JSON.parse(answer.text)) as T;
}

export async function list(subject: Subject, query = '', accept: string = FORMS.json): Promise<ListBody> {
  return parsed(await call(subject.target, `${collectionPath(subject)}?${query}`, { accept }));
}

/** Everything a watch says until it ends by its timeout of one second. */
export async function watched(
  subject: Subject,
  query: string,
  accept: string = FORMS.json,
): Promise<readonly WatchEvent[]> {
  const path = `${collectionPath(subject)}?watch=1&timeoutSeconds=1&${query}`;
  const answer = await call(subject.target, path, { accept });
  expect([answer.status, answer.headers['content-type']], answer.text).toEqual([200, 'application/json']);
  const lines = answer.text.split('\n');
  expect(lines.pop(), 'the last line is complete').toBe('');
  return lines.map((line) => JSON.parse(line) as WatchEvent);
}

/** `<code> <reason>`; the body must be a Status that says the same as the head. */
export function refusalOf(answer: Answer): string {
  const status = JSON.parse(answer.text) as Record<string, unknown>;
  expect(answer.headers['content-type']).toBe('application/json');
  expect(status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: answer.status });
  expect(status['metadata']).toBeTypeOf('object');
  expect(status['message']).toMatch(/./);
  return `${answer.status} ${String(status['reason'])}`;
}
