import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { notFound } from '../../src/kube/api-errors.ts';
import { formatRevision } from '../../src/kube/revision.ts';
import type { StoredObject } from '../../src/store/types.ts';
import type { ResourceHandler, ResourceRequest } from '../types.ts';
import type { DataDeps } from './deps.ts';
import { encodeItem } from './encode.ts';
import { acceptsGzip } from './gzip.ts';
import { itemValue, tableFields } from './list-body.ts';
import { READ_FORMS } from './negotiation.ts';
import { parseRequestedRevision } from './query.ts';
import type { Agreed } from './request.ts';
import { agree, refuseListForm, refuseUnknown, waitUntilNotOlder } from './request.ts';
import { addWarning, JSON_TYPE, writeHead, YAML_TYPE } from './send.ts';
import { layoutOf, wholeText } from './text-body.ts';

const LINE_END = Buffer.from('\n');
const compress = promisify(gzip);

/** GET of one object in every form; of its status too, which answers with the whole object. */
export function createGetHandler(deps: DataDeps): ResourceHandler {
  return async (request, message, response) => {
    const agreed = agree(request, message, READ_FORMS);
    refuseListForm(agreed.form);
    await waitUntilNotOlder(deps, parseRequestedRevision(request.query.get('resourceVersion') ?? ''));
    const stored = find(deps, request);
    const warning = agreed.form.type === 'table' ? deps.freshness.staleWarning() : undefined;
    if (warning !== undefined) addWarning(response, warning);
    await send(deps, { message, response }, { agreed, body: bodyOf(deps, agreed, stored) });
  };
}

function find(deps: DataDeps, request: ResourceRequest): StoredObject {
  const { group, definition } = request.served;
  const key = { namespace: request.namespace, name: request.name };
  const stored = deps.store.get(definition.resource, key);
  if (stored !== undefined) return stored;
  refuseUnknown(deps, request, key);
  throw notFound({ group, resource: definition.resource }, request.name);
}

function bodyOf(deps: DataDeps, agreed: Agreed, stored: StoredObject): Buffer {
  const { view } = agreed;
  const layout = layoutOf(agreed.encoding, agreed.pretty);
  if (view.form.type === 'table') {
    const fields = tableFields(view, { resourceVersion: formatRevision(stored.revision) });
    return Buffer.from(wholeText({ ...fields, rows: [itemValue(view, stored, deps.clock())] }, layout));
  }
  if (layout !== 'compact') return Buffer.from(wholeText(itemValue(view, stored, deps.clock()), layout));
  return Buffer.concat([deps.cache.encode(stored, view.key, () => encodeItem(view, stored)), LINE_END]);
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

async function send(deps: DataDeps, exchange: Exchange, answer: { agreed: Agreed; body: Buffer }): Promise<void> {
  const { message, response } = exchange;
  const contentType = answer.agreed.encoding === 'yaml' ? YAML_TYPE : JSON_TYPE;
  const zipped = answer.body.length > deps.limits.gzipAboveBytes && acceptsGzip(message.headers['accept-encoding']);
  const body = zipped ? await compress(answer.body, { level: 1 }) : answer.body;
  if (zipped) {
    response.setHeader('Content-Encoding', 'gzip');
    response.appendHeader('Vary', 'Accept-Encoding');
  }
  writeHead(response, contentType, body.length);
  response.end(body);
}
