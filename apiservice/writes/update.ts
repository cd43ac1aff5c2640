import { decodeUpdated } from './decode-request.ts';
import type { WriteExchange } from './exchange.ts';
import { decodedRow, fromClient, pathOf, sendRow } from './exchange.ts';
import { refuseObject, reportStrictFaults } from './field-validation.ts';
import { rowWrite } from './row-write.ts';
import { parseWriteOptions } from './write-options.ts';

/** PUT of one row. */
export async function updateFromBody(exchange: WriteExchange): Promise<void> {
  const { request, message, body, contentType, deps } = exchange;
  const options = parseWriteOptions('update', request.query, message.headers['user-agent']);
  const path = pathOf(exchange);
  const { object, strictFaults } = decodeUpdated(body, contentType, path);
  const warnings = reportStrictFaults(strictFaults, options.fieldValidation, refuseObject(path));
  const wanted = fromClient(exchange, decodedRow(object));
  const write = rowWrite(exchange, request.name, options);
  const answer = await deps.writes.change(write, { type: 'update', change: () => wanted });
  for (const warning of [...warnings, ...answer.warnings]) exchange.warn(warning);
  await sendRow(exchange, answer.row, 200);
}
