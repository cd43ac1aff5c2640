import { decodeUpdated } from './decode-request.ts';
import type { WriteExchange } from './exchange.ts';
import { decodedRow, fromClient, pathOf, sendRow } from './exchange.ts';
import { refuseObject } from './field-validation.ts';
import { rowWrite } from './row-write.ts';
import { performStrictly } from './strict-write.ts';
import { parseWriteOptions } from './write-options.ts';

/** PUT of one row. */
export async function updateFromBody(exchange: WriteExchange): Promise<void> {
  const { request, message, body, contentType, deps } = exchange;
  const options = parseWriteOptions('update', request.query, message.headers['user-agent']);
  const path = pathOf(exchange);
  const { object, strictFaults } = decodeUpdated(body, contentType, path);
  const wanted = fromClient(exchange, decodedRow(object));
  const { answer, warnings } = await performStrictly(
    rowWrite(exchange, request.name, options),
    { faults: strictFaults, validation: options.fieldValidation, refuse: refuseObject(path) },
    (write) => deps.writes.change(write, { type: 'update', change: () => wanted }),
  );
  for (const warning of [...warnings, ...answer.warnings]) exchange.warn(warning);
  await sendRow(exchange, answer.row, 200);
}
