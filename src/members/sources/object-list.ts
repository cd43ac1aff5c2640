import type { KubeConnection } from '../../connection/index.ts';
import { ConnectionError, requestJson } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';

/** Few, because an object may be 1 MiB. */
const PAGE_ITEMS = 40;
/** One page of registrations. */
const LIST_TIMEOUT_MS = 30_000;
/** Message of the hub, as it is repeated in ours. */
const STATUS_CHARACTERS_MAX = 300;

/** Objects of one resource of the hub in which members are registered. */
export interface ObjectSelection {
  readonly connection: KubeConnection;
  /** Of the collection, in one namespace or in all. */
  readonly path: string;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  /** More of them are refused as a whole. */
  readonly objectsMax: number;
}

export interface ObjectHead {
  /** `name`, in a collection over all namespaces `namespace/name`. */
  readonly name: string;
  readonly resourceVersion: string;
  readonly object: JsonObject;
}

export interface ObjectList {
  readonly resourceVersion: string;
  readonly objects: readonly ObjectHead[];
}

/** The name and resourceVersion of an object from the wire; undefined if it is none. */
export function objectHead(value: unknown): ObjectHead | undefined {
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) return undefined;
  const { name, resourceVersion } = value['metadata'];
  if (typeof name !== 'string' || typeof resourceVersion !== 'string') return undefined;
  return { name, resourceVersion, object: value };
}

/** The selectors as query parameters. */
export function selectorQuery({ labelSelector, fieldSelector }: ObjectSelection): Readonly<Record<string, string>> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

/** All selected objects at one revision, page by page; the error is a sentence for people. */
export async function listObjects(
  selection: ObjectSelection,
  signal: AbortSignal,
): Promise<Outcome<ObjectList, string>> {
  const objects: ObjectHead[] = [];
  let resumeAt: string | undefined;
  for (;;) {
    const page = await readPage(selection, { resumeAt, signal });
    if (!page.ok) return page;
    objects.push(...page.value.objects);
    if (objects.length > selection.objectsMax) return failed(describeExcess(selection.objectsMax));
    if (page.value.resumeAt === undefined) return succeeded({ resourceVersion: page.value.resourceVersion, objects });
    resumeAt = page.value.resumeAt;
  }
}

/** Why a source with so many objects is not followed. */
export function describeExcess(objectsMax: number): string {
  return `there are more than ${objectsMax} of them`;
}

/** What a connection error or an answer other than 200 means, without anything that was read. */
export function describeStatus(status: number, body: unknown): string {
  const message = isJsonObject(body) && body['kind'] === 'Status' ? body['message'] : undefined;
  const text = typeof message === 'string' ? `: ${message.slice(0, STATUS_CHARACTERS_MAX)}` : '';
  return `HTTP ${status}${text}`;
}

interface Page extends ObjectList {
  readonly resumeAt: string | undefined;
}

async function readPage(
  selection: ObjectSelection,
  { resumeAt, signal }: { resumeAt: string | undefined; signal: AbortSignal },
): Promise<Outcome<Page, string>> {
  try {
    const { status, body } = await requestJson(selection.connection, {
      method: 'GET',
      path: selection.path,
      query: {
        ...selectorQuery(selection),
        limit: String(PAGE_ITEMS),
        ...(resumeAt === undefined ? {} : { continue: resumeAt }),
      },
      timeoutMs: LIST_TIMEOUT_MS,
      signal,
    });
    if (status !== 200) return failed(describeStatus(status, body));
    return parsePage(body) ?? failed('the answer is not a list');
  } catch (error) {
    if (error instanceof ConnectionError) return failed(error.message);
    throw error;
  }
}

function parsePage(body: unknown): Outcome<Page, string> | undefined {
  if (!isJsonObject(body) || !isJsonObject(body['metadata'])) return undefined;
  const { resourceVersion, continue: resumeAt } = body['metadata'];
  // Go writes null for an empty list.
  const items = body['items'] ?? [];
  if (typeof resourceVersion !== 'string' || resourceVersion === '' || !Array.isArray(items)) return undefined;
  const heads = items.map(objectHead);
  const objects = heads.filter((head) => head !== undefined);
  if (objects.length !== heads.length) return undefined;
  const next = typeof resumeAt === 'string' && resumeAt !== '' ? resumeAt : undefined;
  return succeeded({ resourceVersion, objects, resumeAt: next });
}
