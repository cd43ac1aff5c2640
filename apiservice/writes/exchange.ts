import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject, KubeObject } from '../../src/kube/object.ts';
import { isJsonObject, isKubeObject, textAt } from '../../src/kube/object.ts';
import type { RowTarget, RowWrites } from '../../src/kube/row-write.ts';
import type { DataDeps } from '../data/deps.ts';
import { objectBody, unstored } from '../data/object-body.ts';
import type { Agreed } from '../data/request.ts';
import { scopeOf } from '../data/request.ts';
import { sendBody } from '../data/send-body.ts';
import { layoutOf, wholeText } from '../data/text-body.ts';
import { objectInView } from '../data/view.ts';
import type { ResourceRequest } from '../types.ts';
import type { ObjectPath } from './decode-request.ts';

export interface WriteDeps {
  readonly data: DataDeps;
  readonly writes: RowWrites;
  readonly bodyBytesMax: number;
}

/** One write request whose body was read. */
export interface WriteExchange {
  readonly deps: WriteDeps;
  readonly request: ResourceRequest;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly agreed: Agreed;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly warn: (text: string) => void;
}

export function targetOf({ request }: WriteExchange, name: string): RowTarget {
  const { served, member, version, namespace, subresource } = request;
  const { resource, kind } = served.definition;
  return {
    ...(member === undefined ? {} : { member }),
    resource,
    kind,
    group: served.group,
    version: version.name,
    namespace,
    name,
    subresource,
  };
}

/** What the path says about the object in the body. */
export function pathOf({ request }: WriteExchange): ObjectPath {
  const { served, version, namespace, name } = request;
  return { group: served.group, version: version.name, kind: served.definition.kind, namespace, name };
}

/** An object whose body was decoded; without a name it is to get one. */
export function decodedRow(object: JsonObject): KubeObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const row = { ...object, metadata: { ...metadata, name: textAt(metadata, 'name') ?? '' } };
  if (!isKubeObject(row)) throw new Error('a decoded object has no type');
  return row;
}

/** A row as the client of this request sees it. */
export function asClientSees({ agreed }: WriteExchange, row: KubeObject): KubeObject {
  return objectInView(agreed.view, row);
}

/** An object of a client, in the storage version; its group stays the one that it is served under. */
export function fromClient({ request }: WriteExchange, object: KubeObject): KubeObject {
  return request.version.toStorage(object);
}

/** The deadline has answered already, or the client is gone: the write was done, and is recorded, all the same. */
export function isAnswered({ response }: WriteExchange): boolean {
  return response.headersSent || response.socket?.destroyed !== false;
}

export async function sendRow(exchange: WriteExchange, row: KubeObject, status: 200 | 201): Promise<void> {
  if (isAnswered(exchange)) return;
  const { deps, agreed, message, response, request } = exchange;
  const { namespace = '', name } = row.metadata;
  const stored = deps.data.store.get(scopeOf(request).resource, { namespace, name });
  const isShared = stored?.object === row;
  const body = objectBody(deps.data, { agreed, stored: isShared ? stored : unstored(row), isShared });
  await sendBody(deps.data, { message, response }, { encoding: agreed.encoding, body, statusCode: status });
}

/** A Status is answered as it is, whatever form was asked for. */
export async function sendStatusObject(exchange: WriteExchange, status: JsonObject): Promise<void> {
  if (isAnswered(exchange)) return;
  const { deps, agreed, message, response } = exchange;
  const body = Buffer.from(wholeText(status, layoutOf(agreed.encoding, agreed.pretty)));
  await sendBody(deps.data, { message, response }, { encoding: agreed.encoding, body });
}
