import { methodNotAllowed } from '../../src/kube/api-errors.ts';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import { CLUSTER_LABEL } from '../../src/kube/domain.ts';
import type { LabelSelector } from '../../src/kube/label-selector.ts';
import { createListBody } from '../data/list-body.ts';
import { readPage } from '../data/page.ts';
import { parseListOptions } from '../data/query.ts';
import { scopeOf } from '../data/request.ts';
import { JSON_TYPE, sendPieces, writeHead, YAML_TYPE } from '../data/send.ts';
import { parseDeleteOptions } from './delete-options.ts';
import { removeRow } from './delete.ts';
import type { WriteExchange } from './exchange.ts';
import { isAnswered } from './exchange.ts';

/**
 * DELETE of a collection, one object after the other, as kube-apiserver does. Only when the selector names one member:
 * without that it would delete in every member, which nobody who calls it on a hub can be taken to mean.
 */
export async function deleteCollection(exchange: WriteExchange): Promise<void> {
  const { request, body, contentType, deps } = exchange;
  const namespaced = request.served.definition.scope === 'Namespaced';
  const list = parseListOptions(request.query, false, namespaced);
  if (request.member === undefined && pinnedCluster(list.selection.labels) === undefined) throw unpinned(exchange);
  const options = parseDeleteOptions(request.query, body, contentType);
  const page = await readPage(deps.data, scopeOf(request), list);
  for (const { key } of page.items) {
    // Nobody waits for the rest, or knows of it.
    if (isAnswered(exchange)) return;
    await removeIfThere(exchange, key.name, options);
  }
  await sendList(exchange, page);
}

async function removeIfThere(
  exchange: WriteExchange,
  name: string,
  options: Parameters<typeof removeRow>[2],
): Promise<void> {
  try {
    await removeRow(exchange, name, options);
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.status.reason !== 'NotFound') throw error;
  }
}

/** The one member that every selected row is of; undefined when rows of several could be. */
function pinnedCluster(selector: LabelSelector): string | undefined {
  for (const requirement of selector) {
    if (requirement.type !== 'in' || requirement.key !== CLUSTER_LABEL || requirement.values.size !== 1) continue;
    const [cluster] = requirement.values;
    return cluster;
  }
  return undefined;
}

function unpinned({ request }: WriteExchange): ApiStatusError {
  const { group, definition } = request.served;
  const { resource } = definition;
  const message = `deletecollection of ${resource} needs a label selector that names one member cluster (${CLUSTER_LABEL}=<cluster>): without it objects of every member would be deleted`;
  return methodNotAllowed({ group, resource }, 'deletecollection', message);
}

async function sendList(exchange: WriteExchange, page: Awaited<ReturnType<typeof readPage>>): Promise<void> {
  if (isAnswered(exchange)) return;
  const { deps, agreed, response } = exchange;
  const body = await createListBody(deps.data, agreed, page);
  writeHead(response, agreed.encoding === 'yaml' ? YAML_TYPE : JSON_TYPE, body.lengthBytes);
  const { timer, limits } = deps.data;
  await sendPieces(response, body.pieces(), { timer, stallMs: limits.bodyStallMs });
}
