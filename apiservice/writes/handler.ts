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
 * The write verbs of kinds that have them: everything between a routed request and who keeps the object, a member or
 * ourselves. All else is for `next`.
 */
export function createWriteHandler(deps: WriteDeps, next: ResourceHandler): ResourceHandler {
  return async (request, message, response) => {
    const { verb, version } = request;
    const perform = VERBS[verb];
    if (perform === undefined || !isWritable(request)) {
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

/** Whether the write is of an object, or of the part of it that is its status. */
function isWritable({ served, version, verb, subresource }: ResourceRequest): boolean {
  if (subresource === '') return served.definition.implementedVerbs.some((known) => known === verb);
  const found = version.subresources.find(({ name }) => name === subresource);
  return found?.answer === undefined && found?.verbs.some((known) => known === verb) === true;
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
