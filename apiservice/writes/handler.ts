import type { IncomingMessage, ServerResponse } from 'node:http';
import { READ_FORMS } from '../data/negotiation.ts';
import { agree, refuseBeforeSync, refuseListForm, refuseSingleForm } from '../data/request.ts';
import { readBody } from '../edge/body.ts';
import type { ResourceHandler, ResourceRequest } from '../types.ts';
import { refuseCleaners } from './cleaners.ts';
import { createFromBody } from './create.ts';
import { deleteCollection } from './delete-collection.ts';
import { deleteOne } from './delete.ts';
import type { WriteDeps, WriteExchange } from './exchange.ts';
import { patchOne } from './patch.ts';
import { patchTypeOf } from './read-patch.ts';
import { updateFromBody } from './update.ts';
import { createWarner } from './warner.ts';

const VERBS: Readonly<Record<string, (exchange: WriteExchange) => Promise<void>>> = {
  create: createFromBody,
  update: updateFromBody,
  patch: patchOne,
  delete: deleteOne,
  deletecollection: deleteCollection,
};

/**
 * The write verbs of projected kinds: everything between a routed request and the member that holds the object. All else
 * is for `next`.
 */
export function createWriteHandler(deps: WriteDeps, next: ResourceHandler): ResourceHandler {
  return async (request, message, response) => {
    const { served, verb, version } = request;
    const perform = VERBS[verb];
    if (perform === undefined || served.definition.made !== 'projected' || request.subresource !== '') {
      await next(request, message, response);
      return;
    }
    refuseCleaners(request, request.user);
    if (verb === 'patch') patchTypeOf(message.headers['content-type']);
    const exchange = await openExchange(deps, request, { message, response });
    if (version.deprecationWarning !== undefined) exchange.warn(version.deprecationWarning);
    await perform(exchange);
  };
}

async function openExchange(
  deps: WriteDeps,
  request: ResourceRequest,
  { message, response }: { readonly message: IncomingMessage; readonly response: ServerResponse },
): Promise<WriteExchange> {
  const agreed = agree(request, message, READ_FORMS);
  if (request.verb === 'deletecollection') refuseSingleForm(agreed.form);
  else refuseListForm(agreed.form);
  refuseBeforeSync(deps.data);
  return {
    deps,
    request,
    message,
    response,
    agreed,
    body: await readBody(message, deps.bodyBytesMax),
    contentType: message.headers['content-type'],
    warn: createWarner(response),
  };
}
