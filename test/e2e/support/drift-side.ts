import { isJsonObject } from '../../../src/kube/object.ts';
import type { JsonObject } from '../../../src/kube/object.ts';
import type { Answer, ContractTarget } from '../../contract/target.ts';
import { call } from '../../contract/target.ts';
import { eventually } from '../../support/eventually.ts';
import type { DriftRequest } from './drift-request.ts';

/** What every cluster makes up for itself. */
const OWN = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'managedFields']);
const ADDRESSES = new Set(['clusterIP', 'clusterIPs', 'serverAddressByClientCIDRs']);
/** The descriptions of columns are words; which columns there are is compared. */
const WORDS = new Set(['description']);
const GENERATED = /^made-\w{5}$/;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** One of two that must answer alike, and what it was asked to keep of its answers. */
export interface Side {
  readonly target: ContractTarget;
  readonly kept: Record<string, JsonObject>;
}

export async function send({ target, kept }: Side, request: DriftRequest): Promise<Answer> {
  const wanted = request.bodyFrom === undefined ? request.body : request.bodyFrom(kept);
  const body = wanted === undefined || typeof wanted === 'string' ? wanted : JSON.stringify(wanted);
  const answer = await answered(target, request.path, {
    method: request.method,
    accept: request.accept ?? 'application/json',
    headers: body === undefined ? {} : { 'Content-Type': request.contentType ?? 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  const value = parse(answer.text);
  if (request.keep !== undefined && isJsonObject(value)) kept[request.keep] = value;
  return answer;
}

/** kube-apiserver turns requests for custom kinds away while it prepares them; nothing was done then. */
function answered(...args: Parameters<typeof call>): Promise<Answer> {
  return eventually('an answer other than 429', async () => {
    const answer = await call(...args);
    if (answer.status === 429) throw new Error(answer.text);
    return answer;
  });
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What both must say alike. */
export function essence(answer: Answer, request: DriftRequest): unknown {
  const value = parse(answer.text);
  if (request.textsDiffer === true) return { status: answer.status, reason: reasonOf(value) };
  return { status: answer.status, body: comparable(value) };
}

function reasonOf(value: unknown): unknown {
  return isJsonObject(value) && value['kind'] === 'Status' ? value['reason'] : undefined;
}

/** Without what differs by nature. Items of built-in lists carry no type in kube-apiserver; ours always do. */
export function comparable(value: unknown, isItem = false): unknown {
  if (typeof value === 'string') return value.replaceAll(UUID, 'UID').replace(GENERATED, 'made-');
  if (Array.isArray(value)) return dedupe(value.map((item) => comparable(item, true)));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(
    ([name]) =>
      !OWN.has(name) &&
      !ADDRESSES.has(name) &&
      !WORDS.has(name) &&
      !(isItem && (name === 'apiVersion' || name === 'kind')),
  );
  const kept = entries.map(([name, item]): [string, unknown] => [name, name === 'cells' ? 'cells' : comparable(item)]);
  return Object.fromEntries(kept.filter(([name, item]) => !(name === 'continue' && item === '')));
}

/** Some faults are told twice by kube-apiserver. */
function dedupe(items: readonly unknown[]): readonly unknown[] {
  const texts = items.map((item) => JSON.stringify(item));
  return items.filter((_item, index) => texts.indexOf(texts[index] ?? '') === index);
}
