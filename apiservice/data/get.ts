import { notFound } from '../../src/kube/api-errors.ts';
import type { StoredObject } from '../../src/store/types.ts';
import type { ResourceHandler, ResourceRequest } from '../types.ts';
import type { DataDeps } from './deps.ts';
import { READ_FORMS } from './negotiation.ts';
import { objectBody } from './object-body.ts';
import { parseRequestedRevision } from './query.ts';
import { agree, refuseListForm, refuseUnknown, scopeOf, waitUntilNotOlder } from './request.ts';
import { addWarning } from './send.ts';
import { sendBody } from './send-body.ts';

/** GET of one object in every form; of its status too, which answers with the whole object. */
export function createGetHandler(deps: DataDeps): ResourceHandler {
  return async (request, message, response) => {
    const agreed = agree(request, message, READ_FORMS);
    refuseListForm(agreed.form);
    await waitUntilNotOlder(deps, parseRequestedRevision(request.query.get('resourceVersion') ?? ''));
    const stored = find(deps, request);
    const warning = agreed.form.type === 'table' ? deps.freshness.staleWarning() : undefined;
    if (warning !== undefined) addWarning(response, warning);
    const body = objectBody(deps, { agreed, stored, isShared: true });
    await sendBody(deps, { message, response }, { encoding: agreed.encoding, body });
  };
}

function find(deps: DataDeps, request: ResourceRequest): StoredObject {
  const { group, definition } = request.served;
  const key = { namespace: request.namespace, name: request.name };
  const stored = deps.store.get(scopeOf(request).resource, key);
  if (stored !== undefined) return stored;
  refuseUnknown(deps, request, key);
  throw notFound({ group, resource: definition.resource }, request.name);
}
