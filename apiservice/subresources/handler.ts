import type { IncomingMessage, ServerResponse } from 'node:http';
import { notFound } from '../../src/kube/api-errors.ts';
import type { Subresource, SubresourceKind } from '../../src/resources/definition.ts';
import type { DataDeps } from '../data/deps.ts';
import { READ_FORMS } from '../data/negotiation.ts';
import { parseRequestedRevision } from '../data/query.ts';
import { agree, refuseBeforeSync, refuseListForm, refuseUnknown, waitUntilNotOlder } from '../data/request.ts';
import { sendBody } from '../data/send-body.ts';
import { addWarning } from '../data/send.ts';
import { layoutOf, wholeText } from '../data/text-body.ts';
import type {
  ResourceHandler,
  ResourceRequest,
  SubresourceAnswers,
  SubresourceContent,
  SubresourceRequest,
} from '../types.ts';
import { answerIn } from './answer.ts';
import { readQuestion } from './question.ts';

/**
 * Answers the subresources that have a kind of their own (`get`, and `create` of questions); everything else goes to
 * `next`. The forms, errors and waits are those of a GET of the parent.
 */
export function createSubresourceHandler(
  deps: DataDeps,
  answers: SubresourceAnswers,
  next: ResourceHandler,
): ResourceHandler {
  return async (request, message, response) => {
    const kind = ownKind(request);
    if (kind === undefined) {
      await next(request, message, response);
      return;
    }
    const { deprecationWarning } = request.version;
    if (deprecationWarning !== undefined) addWarning(response, deprecationWarning);
    refuseBeforeSync(deps);
    await answer({ deps, answers, kind, request }, message, response);
  };
}

/** The router has refused verbs that the subresource does not have. */
function ownKind({ version, subresource, verb }: ResourceRequest): SubresourceKind | undefined {
  if (verb !== 'get' && verb !== 'create') return undefined;
  return version.subresources.find(({ name }: Subresource) => name === subresource)?.answer;
}

interface Asked {
  readonly deps: DataDeps;
  readonly answers: SubresourceAnswers;
  readonly kind: SubresourceKind;
  readonly request: ResourceRequest;
}

async function answer(asked: Asked, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { deps, kind, request } = asked;
  const agreed = agree(request, message, READ_FORMS);
  refuseListForm(agreed.form);
  const content = request.verb === 'create' ? await ask(asked, message) : await find(asked);
  const warning = agreed.form.type === 'table' ? deps.freshness.staleWarning() : undefined;
  if (warning !== undefined) addWarning(response, warning);
  const value = answerIn(agreed.view, { kind, content, nowMs: deps.clock() });
  const body = Buffer.from(wholeText(value, layoutOf(agreed.encoding, agreed.pretty)));
  const statusCode = request.verb === 'create' ? 201 : 200;
  await sendBody(deps, { message, response }, { encoding: agreed.encoding, body, statusCode });
}

async function find({ deps, answers, request }: Asked): Promise<SubresourceContent> {
  await waitUntilNotOlder(deps, parseRequestedRevision(request.query.get('resourceVersion') ?? ''));
  const content = answers.get(questionOf(request));
  if (content !== undefined) return content;
  const { group, definition } = request.served;
  refuseUnknown(deps, request, { namespace: request.namespace, name: request.name });
  throw notFound({ group, resource: definition.resource }, request.name);
}

async function ask({ answers, kind, request }: Asked, message: IncomingMessage): Promise<SubresourceContent> {
  const body = await readQuestion(message, kind);
  return answers.create(questionOf(request), body);
}

function questionOf({ served, subresource, namespace, name, query, user }: ResourceRequest): SubresourceRequest {
  return { resource: served.definition.resource, subresource, namespace, name, query, user };
}
