import type { IncomingMessage, ServerResponse } from 'node:http';
import { tooManyRequests } from '../../src/kube/api-errors.ts';
import { formatRevision } from '../../src/kube/revision.ts';
import type { ResourceHandler, ResourceRequest } from '../types.ts';
import type { ByteBudget } from './byte-budget.ts';
import { createByteBudget } from './byte-budget.ts';
import type { DataDeps } from './deps.ts';
import type { GzipCache } from './gzip.ts';
import { acceptsGzip, compress, createGzipCache, sizeOf } from './gzip.ts';
import type { ListBody } from './list-body.ts';
import { createListBody } from './list-body.ts';
import { READ_FORMS } from './negotiation.ts';
import type { Page } from './page.ts';
import { readPage } from './page.ts';
import { parseListOptions } from './query.ts';
import type { Agreed } from './request.ts';
import { agree, refuseSingleForm, scopeOf } from './request.ts';
import { addWarning, JSON_TYPE, sendPieces, writeHead, YAML_TYPE } from './send.ts';
import { layoutOf } from './text-body.ts';
import type { View } from './view.ts';
import { resourceOfView } from './view.ts';

const RETRY_BASE_SECONDS = 1;
const RETRY_JITTER_SECONDS = 5;

/** LIST in every form. */
export function createListHandler(deps: DataDeps): ResourceHandler {
  const budget = createByteBudget(deps.limits.listBytesInFlightMax, deps.metrics.listBytesInFlight);
  const gzipCache = createGzipCache(deps.limits.gzipCacheBytesMax);
  return async (request, message, response) => {
    const agreed = agree(request, message, READ_FORMS);
    refuseSingleForm(agreed.form);
    const namespaced = request.served.definition.scope === 'Namespaced';
    const options = parseListOptions(request.query, false, namespaced);
    const page = await readPage(deps, scopeOf(request), options);
    const body = await createListBody(deps, agreed, page);
    if (response.destroyed) return;
    const release = reserve(deps, budget, { view: agreed.view, bytes: body.estimatedBytes });
    try {
      const warning = deps.freshness.staleWarning();
      if (warning !== undefined) addWarning(response, warning);
      await send({ deps, gzipCache, request, message, response }, { agreed, page, body });
    } finally {
      release();
    }
  };
}

function reserve(deps: DataDeps, budget: ByteBudget, { view, bytes }: { view: View; bytes: number }): () => void {
  const release = budget.reserve(bytes);
  if (release !== undefined) return release;
  deps.metrics.listRefused(resourceOfView(view));
  // Spread over some seconds: those who were refused together must not come back together.
  const seconds = RETRY_BASE_SECONDS + Math.floor(deps.random() * RETRY_JITTER_SECONDS);
  throw tooManyRequests('Too many lists are being sent, please try again later.', seconds);
}

interface Exchange {
  readonly deps: DataDeps;
  readonly gzipCache: GzipCache;
  readonly request: ResourceRequest;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

interface Answer {
  readonly agreed: Agreed;
  readonly page: Page;
  readonly body: ListBody;
}

async function send(exchange: Exchange, answer: Answer): Promise<void> {
  const { deps, message, response } = exchange;
  const { body, agreed } = answer;
  const guard = { timer: deps.timer, stallMs: deps.limits.bodyStallMs };
  const contentType = agreed.encoding === 'yaml' ? YAML_TYPE : JSON_TYPE;
  const large = body.estimatedBytes > deps.limits.gzipAboveBytes;
  if (!large || message.method === 'HEAD' || !acceptsGzip(message.headers['accept-encoding'])) {
    writeHead(response, contentType, body.lengthBytes);
    await sendPieces(response, body.pieces(), guard);
    return;
  }
  const compressed = await compressBody(exchange, answer);
  response.setHeader('Content-Encoding', 'gzip');
  response.appendHeader('Vary', 'Accept-Encoding');
  writeHead(response, contentType, sizeOf(compressed));
  await sendPieces(response, compressed, guard);
}

/** Whole lists in bytes that do not depend on the time are compressed once for all readers of that revision. */
function compressBody(exchange: Exchange, { agreed, page, body }: Answer): Promise<readonly Buffer[]> {
  const make = (): Promise<readonly Buffer[]> => compress(body.pieces());
  const shared = page.whole && agreed.form.type !== 'table' && layoutOf(agreed.encoding, agreed.pretty) === 'compact';
  if (!shared) return make();
  const { namespace } = exchange.request;
  return exchange.gzipCache.get(`${agreed.view.key} ${namespace} ${formatRevision(page.revision)}`, make);
}
