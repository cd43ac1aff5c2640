import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../apiservice/index.ts';
import type { ResourceHandler, ResourceRequest } from '../../apiservice/types.ts';
import { badRequest, fieldNotSupported, invalid, notFound } from '../kube/api-errors.ts';
import { stringifyJson } from '../kube/json.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { textAt } from '../kube/object.ts';
import type { EmbeddedKind } from './kind.ts';
import type { Preconditions, WriteOptions } from './object-rules.ts';
import { resourceOf, targetOf } from './object-rules.ts';
import type { Change, ObjectWrites } from './object-writes.ts';
import { patcherOf } from './patch-body.ts';
import { pruned, schemaFaults, unknownFields, withoutNullFields, withoutNulls } from '../resources/index.ts';
import type { Address } from './written-object.ts';
import { parseBody, readObject } from './written-object.ts';

const OPTIONS_KINDS = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
} as const;

type WriteVerb = keyof typeof OPTIONS_KINDS;

export interface WriteHandlerDeps {
  readonly kinds: readonly EmbeddedKind[];
  readonly writes: ObjectWrites;
  readonly bodyBytesMax: number;
}

interface Exchange {
  readonly deps: WriteHandlerDeps;
  readonly kind: EmbeddedKind;
  readonly request: ResourceRequest;
  readonly address: Address;
  readonly contentType: string;
  readonly body: Buffer;
  readonly response: ServerResponse;
}

/** The write verbs of an embedded member; answers are always JSON. */
export function createWriteHandler(deps: WriteHandlerDeps): ResourceHandler {
  const kinds = new Map(deps.kinds.map((kind) => [resourceOf(kind), kind]));
  return async (request, message, response) => {
    const kind = kinds.get(request.served.definition.resource);
    if (kind === undefined || !isWrite(request.verb)) throw new Error(`no write: ${request.verb}`);
    const exchange: Exchange = {
      deps,
      kind,
      request,
      address: { kind, version: request.version.name, namespace: request.namespace },
      contentType: typeOf(message),
      body: await readBody(message, deps.bodyBytesMax),
      response,
    };
    HANDLERS[request.verb](exchange);
  };
}

export function isWrite(verb: string): verb is WriteVerb {
  return Object.hasOwn(OPTIONS_KINDS, verb);
}

const HANDLERS: Readonly<Record<WriteVerb, (exchange: Exchange) => void>> = {
  create: (exchange) => {
    const object = exchange.deps.writes.create(exchange.kind, sentObject(exchange), optionsOf(exchange, 'create'));
    send(exchange, 201, toRequested(exchange, object));
  },
  update: (exchange) => {
    const sent = sentObject(exchange);
    const { name } = exchange.request;
    if (sent.metadata.name !== name) {
      throw badRequest(`the name of the object (${sent.metadata.name}) does not match the name on the URL (${name})`);
    }
    change(exchange, 'update', () => sent);
  },
  patch: (exchange) => {
    const patched = patcherOf(exchange.kind, exchange, exchange.request);
    change(exchange, 'patch', (current) => {
      if (current === undefined) throw notFound(targetOf(exchange.kind), exchange.request.name);
      // What a patch does not name is what is there, so that it never fails on a version that it did not ask for.
      return checked(exchange, patched(toRequested(exchange, current)));
    });
  },
  delete: (exchange) => {
    const sent = exchange.body.length === 0 ? {} : parseBody(exchange.body, exchange.contentType, 'DeleteOptions');
    const options = { ...optionsOf(exchange, 'delete', sent), preconditions: preconditionsOf(sent) };
    const removed = exchange.deps.writes.remove(exchange.kind, keyOfRequest(exchange.request), options);
    const showsObject = removed.held || exchange.kind.traits.returnsDeleted;
    send(exchange, 200, showsObject ? toRequested(exchange, removed.object) : success(exchange, removed.object));
  },
};

function change(exchange: Exchange, verb: 'update' | 'patch', wanted: Change): void {
  const { deps, kind, request } = exchange;
  const options = { ...optionsOf(exchange, verb), status: request.subresource === 'status' };
  const { object, created } = deps.writes.update(kind, keyOfRequest(request), { change: wanted, ...options });
  send(exchange, created ? 201 : 200, toRequested(exchange, object));
}

function sentObject(exchange: Exchange): KubeObject {
  const { kind } = exchange.request.served.definition;
  return checked(exchange, parseBody(exchange.body, exchange.contentType, kind));
}

/** The object in its storage version, without fields that its schema does not know. */
function checked({ address, request, response }: Exchange, value: JsonObject): KubeObject {
  const { schema } = request.version;
  const { isCustom } = address.kind.traits;
  const object = isCustom
    ? withoutNullFields(readObject(value, address), schema)
    : readObject(withoutNulls(value), address);
  const [fault] = isCustom ? [] : schemaFaults(object, schema);
  if (fault !== undefined) throw badRequest(`${object.kind} cannot be handled: ${fault.field}: ${fault.message}`);
  reportUnknown(unknownFields(object, schema), request.query.get('fieldValidation') ?? 'Warn', response);
  return request.version.toStorage(pruned(object, schema));
}

function reportUnknown(fields: readonly string[], mode: string, response: ServerResponse): void {
  const texts = fields.map((field) => `unknown field "${field}"`);
  if (texts.length === 0 || mode === 'Ignore') return;
  if (mode === 'Strict') throw badRequest(`strict decoding error: ${texts.join(', ')}`);
  for (const text of texts) response.appendHeader('Warning', `299 - "${text.replaceAll('"', '\\"')}"`);
}

function optionsOf({ request }: Exchange, verb: WriteVerb, sent: JsonObject = {}): WriteOptions {
  const inBody = Array.isArray(sent['dryRun']) ? sent['dryRun'].map(String) : [];
  const values = [...request.query.getAll('dryRun'), ...inBody];
  if (values.some((value) => value !== 'All')) {
    const cause = fieldNotSupported('dryRun', values, ['All']);
    throw invalid({ group: 'meta.k8s.io', kind: OPTIONS_KINDS[verb] }, '', [cause]);
  }
  return { dryRun: values.length > 0 };
}

function preconditionsOf(sent: JsonObject): Preconditions {
  const uid = textAt(sent, 'preconditions', 'uid');
  const resourceVersion = textAt(sent, 'preconditions', 'resourceVersion');
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

function success({ kind, request }: Exchange, object: KubeObject): object {
  const { group } = kind.served;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: request.name,
      ...(group === '' ? {} : { group }),
      kind: resourceOf(kind),
      uid: object.metadata.uid,
    },
  };
}

function toRequested({ request }: Exchange, object: KubeObject): KubeObject {
  return request.version.fromStorage(object);
}

function keyOfRequest({ namespace, name }: ResourceRequest): { readonly namespace: string; readonly name: string } {
  return { namespace, name };
}

function typeOf(message: IncomingMessage): string {
  return (message.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
}

function send({ response }: Exchange, status: number, value: object): void {
  const body = Buffer.from(`${stringifyJson(value)}\n`);
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
