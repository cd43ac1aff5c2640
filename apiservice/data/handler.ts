import { methodNotAllowed } from '../../src/kube/api-errors.ts';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import type { ResourceHandler, ResourceRequest } from '../types.ts';
import type { DataDeps } from './deps.ts';
import { createGetHandler } from './get.ts';
import { createListHandler } from './list.ts';
import { refuseBeforeSync } from './request.ts';
import { addWarning } from './send.ts';
import { createWatchHandler } from './watch.ts';

/** The read verbs (get, list, watch) of every kind; other verbs are somebody else's and answer 405 here. */
export function createResourceHandler(deps: DataDeps): ResourceHandler {
  const handlers = new Map<string, ResourceHandler>([
    ['get', createGetHandler(deps)],
    ['list', createListHandler(deps)],
    ['watch', createWatchHandler(deps)],
  ]);
  return async (request, message, response) => {
    const { served, name } = request;
    const { group, definition } = served;
    const handler = handlers.get(request.verb);
    if (handler === undefined) {
      throw methodNotAllowed(
        { group, resource: definition.resource },
        request.verb,
        definition.readOnlyMessage?.(name),
      );
    }
    refuseUnknownSubresource(request);
    const { deprecationWarning } = request.version;
    if (deprecationWarning !== undefined) addWarning(response, deprecationWarning);
    refuseBeforeSync(deps);
    await handler(request, message, response);
  };
}

function refuseUnknownSubresource({ served, version, subresource, verb }: ResourceRequest): void {
  if (subresource === '') return;
  const found = version.subresources.find(({ name }) => name === subresource);
  if (found === undefined) throw new ApiStatusError('NotFound', 'the server could not find the requested resource');
  if (!found.verbs.some((known) => known === verb)) {
    throw methodNotAllowed({ group: served.group, resource: `${served.definition.resource}/${subresource}` }, verb);
  }
}
