import { notFound } from '../../src/kube/api-errors.ts';
import { formatRevision } from '../../src/kube/revision.ts';
import type { StoredObject } from '../../src/store/types.ts';
import type { ResourceHandler, ResourceRequest } from '../types.ts';
import type { DataDeps } from './deps.ts';
import { encodeItem } from './encode.ts';
import { itemValue, tableFields } from './list-body.ts';
import { READ_FORMS } from './negotiation.ts';
import { parseRequestedRevision } from './query.ts';
import type { Agreed } from './request.ts';
import { agree, refuseListForm, refuseUnknown, waitUntilNotOlder } from './request.ts';
import { addWarning } from './send.ts';
import { sendBody } from './send-body.ts';
import { layoutOf, wholeText } from './text-body.ts';

const LINE_END = Buffer.from('\n');

/** GET of one object in every form; of its status too, which answers with the whole object. */
export function createGetHandler(deps: DataDeps): ResourceHandler {
  return async (request, message, response) => {
    const agreed = agree(request, message, READ_FORMS);
    refuseListForm(agreed.form);
    await waitUntilNotOlder(deps, parseRequestedRevision(request.query.get('resourceVersion') ?? ''));
    const stored = find(deps, request);
    const warning = agreed.form.type === 'table' ? deps.freshness.staleWarning() : undefined;
    if (warning !== undefined) addWarning(response, warning);
    const body = bodyOf(deps, agreed, stored);
    await sendBody(deps, { message, response }, { encoding: agreed.encoding, body });
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
