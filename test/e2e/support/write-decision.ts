import type { Patch } from '../../../apiservice/writes/index.ts';
import {
  checkPatched,
  decodeAppliedAt,
  decodeCreated,
  decodeUpdated,
  parseDeleteOptions,
  parseWriteOptions,
  patchTypeOf,
  readPatch,
  refuseApplied,
  refuseObject,
  refusePatched,
  reportStrictFaults,
} from '../../../apiservice/writes/index.ts';
import { ApiStatusError } from '../../../src/kube/api-status.ts';
import type { ApiStatus } from '../../../src/kube/api-status.ts';
import type { JsonObject } from '../../../src/kube/object.ts';

/** A write as it comes from the wire. */
export interface RawWrite {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query: string;
  readonly contentType?: string | undefined;
  readonly body: string;
}

export type Decision =
  | { readonly type: 'passes'; readonly warnings: readonly string[]; readonly result?: JsonObject }
  | { readonly type: 'refused'; readonly status: ApiStatus };

const PATH = { group: 'multicluster.x-k8s.io', version: 'v1beta1', kind: 'ServiceExport', namespace: 'texts' };
export const STORED = 'api';

/** What everything between the bytes of a write and a decoded request says of it, without any server. */
export function decide(write: RawWrite, stored: JsonObject): Decision {
  try {
    return { type: 'passes', ...decided(write, stored) };
  } catch (error) {
    if (error instanceof ApiStatusError) return { type: 'refused', status: error.status };
    throw error;
  }
}

function decided(write: RawWrite, stored: JsonObject): { warnings: readonly string[]; result?: JsonObject } {
  const query = new URLSearchParams(write.query);
  const body = Buffer.from(write.body);
  const path = { ...PATH, name: write.method === 'POST' ? '' : STORED };
  if (write.method === 'PATCH') return decidedPatch(write, stored);
  if (write.method === 'DELETE') {
    parseDeleteOptions(query, body, write.contentType);
    return { warnings: [] };
  }
  const verb = write.method === 'POST' ? 'create' : 'update';
  const { fieldValidation } = parseWriteOptions(verb, query, 'test/1');
  const decode = verb === 'create' ? decodeCreated : decodeUpdated;
  const { object, strictFaults } = decode(body, write.contentType, path);
  return { warnings: reportStrictFaults(strictFaults, fieldValidation, refuseObject(PATH)), result: object };
}

function decidedPatch(write: RawWrite, stored: JsonObject): { warnings: readonly string[]; result: JsonObject } {
  const type = patchTypeOf(write.contentType);
  const path = { ...PATH, name: STORED };
  const body = Buffer.from(write.body);
  const verb = type === 'apply' ? 'apply' : 'patch';
  const { fieldValidation } = parseWriteOptions(verb, new URLSearchParams(write.query), 'test/1');
  if (type === 'apply') {
    const { object, strictFaults } = decodeAppliedAt(body, path);
    return { warnings: reportStrictFaults(strictFaults, fieldValidation, refuseApplied), result: object };
  }
  const patch: Patch = readPatch(type, body, fieldValidation);
  const patched = patch.apply(stored);
  const result = checkPatched(patched, path);
  return { warnings: reportStrictFaults(patch.strictFaults, fieldValidation, refusePatched(patched)), result };
}
