import type { IncomingMessage, ServerResponse } from 'node:http';
import { tooManyRequests } from '../../src/kube/api-errors.ts';
import type { ResourceHandler } from '../types.ts';
import type { ByteBudget } from './byte-budget.ts';
import { createByteBudget } from './byte-budget.ts';
import type { DataDeps } from './deps.ts';
import type { GzipSegments } from './gzip-segments.ts';
import { createGzipSegments } from './gzip-segments.ts';
import { acceptsGzip, compress, sizeOf } from './gzip.ts';
import type { ListBody } from './list-body.ts';
import { createListBody, isLarger, sharedList } from './list-body.ts';
import { READ_FORMS } from './negotiation.ts';
import type { ListTexts } from './list-texts.ts';
import { createListTexts } from './list-texts.ts';
import { createLongBody } from './long-body.ts';
import type { Page } from './page.ts';
import { readPage } from './page.ts';
import { parseListOptions } from './query.ts';
import type { Agreed } from './request.ts';
import { agree, refuseSingleForm, scopeOf } from './request.ts';
import { addWarning, JSON_TYPE, sendPieces, writeHead, YAML_TYPE } from './send.ts';
import type { View } from './view.ts';
import { resourceOfView } from './view.ts';

const RETRY_BASE_SECONDS = 1;
const RETRY_JITTER_SECONDS = 5;

/** LIST in every form. */
export function createListHandler(deps: DataDeps): ResourceHandler {
  const budget = createByteBudget(deps.limits.listBytesInFlightMax, deps.metrics.listBytesInFlight);
  const segments = createGzipSegments(deps);
  const texts = createListTexts(deps);
  return async (request, message, response) => {
    const agreed = agree(request, message, READ_FORMS);
    refuseSingleForm(agreed.form);
    const namespaced = request.served.definition.scope === 'Namespaced';
    const options = parseListOptions(request.query, false, namespaced);
    const page = await readPage(deps, scopeOf(request), options);
    const body = await createBody({ deps, segments, texts, message }, agreed, page);
    if (response.destroyed) return;
    const release = reserve(deps, budget, { view: agreed.view, bytes: body.estimatedBytes });
    try {
      const warning = deps.freshness.staleWarning();
      if (warning !== undefined) addWarning(response, warning);
      await send(deps, { agreed, body, response });
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

interface Asked {
  readonly deps: DataDeps;
  readonly segments: GzipSegments;
  readonly texts: ListTexts;
  readonly message: IncomingMessage;
}

/** A body as it goes out. */
interface Body extends ListBody {
  readonly zipped: boolean;
}

async function createBody({ deps, segments, texts, message }: Asked, agreed: Agreed, page: Page): Promise<Body> {
  const mayZip = message.method !== 'HEAD' && acceptsGzip(message.headers['accept-encoding']);
  const shared = sharedList(agreed, page, texts);
  if (mayZip && shared !== undefined && isLarger(deps, shared, deps.limits.gzipAboveBytes)) {
    return zippedBody(await segments.compress(shared));
  }
  const body = await (shared?.long === undefined
    ? createListBody(deps, agreed, page)
    : createLongBody(deps, shared, shared.long));
  const compresses = mayZip && body.estimatedBytes > deps.limits.gzipAboveBytes;
  return compresses ? zippedBody(await compress(body.pieces())) : { ...body, zipped: false };
}

function zippedBody(compressed: readonly Buffer[]): Body {
  const bytes = sizeOf(compressed);
  return { estimatedBytes: bytes, lengthBytes: bytes, pieces: () => compressed, zipped: true };
}

interface Answer {
  readonly agreed: Agreed;
  readonly body: Body;
  readonly response: ServerResponse;
}

async function send(deps: DataDeps, { agreed, body, response }: Answer): Promise<void> {
  if (body.zipped) {
    response.setHeader('Content-Encoding', 'gzip');
    response.appendHeader('Vary', 'Accept-Encoding');
  }
  writeHead(response, agreed.encoding === 'yaml' ? YAML_TYPE : JSON_TYPE, body.lengthBytes);
  const guard = { timer: deps.timer, stallMs: deps.limits.bodyStallMs };
  await sendPieces(response, body.pieces(), { ...guard, lengthBytes: body.lengthBytes });
}
