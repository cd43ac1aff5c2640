import type { KubeConnection } from '../../connection/index.ts';
import { ConnectionError, requestJson } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { objectHead } from './secret-candidate.ts';

export const SECRETS_MAX = 1_000;
/** Few, because a Secret may be 1 MiB. */
const PAGE_ITEMS = 40;
const LIST_TIMEOUT_MS = 30_000;
const STATUS_CHARACTERS_MAX = 300;

export interface SecretSelection {
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly labelSelector: string;
}

export interface SecretHead {
  readonly name: string;
  readonly resourceVersion: string;
  readonly object: JsonObject;
}

export interface SecretList {
  readonly resourceVersion: string;
  readonly secrets: readonly SecretHead[];
}

/** Where the Secrets are. */
export function secretsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
}

/** All selected Secrets at one revision, page by page; the error is a sentence for people. */
export async function listSecrets(
  selection: SecretSelection,
  signal: AbortSignal,
): Promise<Outcome<SecretList, string>> {
  const secrets: SecretHead[] = [];
  let resumeAt: string | undefined;
  for (;;) {
    const page = await readPage(selection, { resumeAt, signal });
    if (!page.ok) return page;
    secrets.push(...page.value.secrets);
    if (secrets.length > SECRETS_MAX) return failed(`there are more than ${SECRETS_MAX} of them`);
    if (page.value.resumeAt === undefined) return succeeded({ resourceVersion: page.value.resourceVersion, secrets });
    resumeAt = page.value.resumeAt;
  }
}

/** What a connection error or an answer other than 200 means, without anything that was read. */
export function describeStatus(status: number, body: unknown): string {
  const message = isJsonObject(body) && body['kind'] === 'Status' ? body['message'] : undefined;
  const text = typeof message === 'string' ? `: ${message.slice(0, STATUS_CHARACTERS_MAX)}` : '';
  return `HTTP ${status}${text}`;
}

interface Page extends SecretList {
  readonly resumeAt: string | undefined;
}

async function readPage(
  { connection, namespace, labelSelector }: SecretSelection,
  { resumeAt, signal }: { resumeAt: string | undefined; signal: AbortSignal },
): Promise<Outcome<Page, string>> {
  try {
    const { status, body } = await requestJson(connection, {
      method: 'GET',
      path: secretsPath(namespace),
      query: { labelSelector, limit: String(PAGE_ITEMS), ...(resumeAt === undefined ? {} : { continue: resumeAt }) },
      timeoutMs: LIST_TIMEOUT_MS,
      signal,
    });
    if (status !== 200) return failed(describeStatus(status, body));
    return parsePage(body) ?? failed('the answer is not a list of Secrets');
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
  const secrets = heads.filter((head) => head !== undefined);
  if (secrets.length !== heads.length) return undefined;
  const next = typeof resumeAt === 'string' && resumeAt !== '' ? resumeAt : undefined;
  return succeeded({ resourceVersion, secrets, resumeAt: next });
}
