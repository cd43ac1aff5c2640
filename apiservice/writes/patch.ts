import { ApiStatusError } from '../../src/kube/api-status.ts';
import type { JsonObject, KubeObject } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import { checkPatched } from './check-patched.ts';
import { decodeAppliedAt } from './decode-request.ts';
import type { WriteExchange } from './exchange.ts';
import { asClientSees, decodedRow, fromClient, pathOf, sendRow } from './exchange.ts';
import { joinStrictFaults, refuseApplied, refusePatched, reportStrictFaults } from './field-validation.ts';
import type { Patch } from './read-patch.ts';
import { patchTypeOf, readPatch } from './read-patch.ts';
import { rowWrite } from './row-write.ts';
import { performStrictly } from './strict-write.ts';
import type { WriteOptions } from './write-options.ts';
import { parseWriteOptions } from './write-options.ts';

/** PATCH of one row: JSON and merge patches are worked out here, a server-side apply is for the member to decide. */
export async function patchOne(exchange: WriteExchange): Promise<void> {
  const type = patchTypeOf(exchange.contentType);
  if (type === 'apply') await applyOne(exchange);
  else await patchWith(exchange, type);
}

async function applyOne(exchange: WriteExchange): Promise<void> {
  const { request, message, body, deps } = exchange;
  const options = parseWriteOptions('apply', request.query, message.headers['user-agent']);
  const { object, strictFaults } = decodeAppliedAt(body, pathOf(exchange));
  const { answer, warnings } = await performStrictly(
    rowWrite(exchange, request.name, options),
    { faults: strictFaults, validation: options.fieldValidation, refuse: refuseApplied },
    (write) => deps.writes.apply(write, object, options.force),
  );
  for (const warning of [...warnings, ...answer.warnings]) exchange.warn(warning);
  await sendRow(exchange, answer.row, answer.created ? 201 : 200);
}

/** What a patch made last, and what is to be told of it. */
interface Outcome {
  document: JsonObject;
  warnings: readonly string[];
}

async function patchWith(exchange: WriteExchange, type: Patch['type']): Promise<void> {
  const { request, message, body, deps } = exchange;
  const options = parseWriteOptions('patch', request.query, message.headers['user-agent']);
  const outcome: Outcome = { document: {}, warnings: [] };
  let patch: Patch | undefined;
  const change = (shown: KubeObject): KubeObject => {
    // Only now: that there is no such object comes before what is wrong with the patch.
    patch ??= readPatch(type, body, options.fieldValidation);
    return patched(exchange, { patch, options, outcome }, shown);
  };
  const write = rowWrite(exchange, request.name, options);
  const failure = (error: unknown): unknown => asPatchError(error, outcome.document);
  const answer = await deps.writes.change(write, { type: 'patch', change, failure });
  for (const warning of [...outcome.warnings, ...answer.warnings]) exchange.warn(warning);
  await sendRow(exchange, answer.row, 200);
}

interface Patching {
  readonly patch: Patch;
  readonly options: WriteOptions;
  readonly outcome: Outcome;
}

/** The row as the client sees it, patched, and what a strict reader says to it. */
function patched(exchange: WriteExchange, { patch, options, outcome }: Patching, shown: KubeObject): KubeObject {
  const seen: unknown = asClientSees(exchange, shown);
  if (!isJsonObject(seen)) throw new Error('a row is no JSON object');
  const result = patch.apply(seen);
  outcome.document = isJsonObject(result) ? result : {};
  const refuse = refusePatched(outcome.document);
  outcome.warnings = reportStrictFaults(patch.strictFaults, options.fieldValidation, refuse);
  return fromClient(exchange, decodedRow(checkPatched(result, pathOf(exchange))));
}

/** The member got a whole object and refuses it for unknown fields: of a patch that is 422, about what the patch made. */
function asPatchError(error: unknown, document: JsonObject): unknown {
  if (!(error instanceof ApiStatusError)) return error;
  return joinStrictFaults([], error.status, refusePatched(document)) ?? error;
}
