import { decodeCreated } from './decode-request.ts';
import type { WriteExchange } from './exchange.ts';
import { decodedRow, fromClient, pathOf, sendRow } from './exchange.ts';
import { refuseObject } from './field-validation.ts';
import { rowWrite } from './row-write.ts';
import { performStrictly } from './strict-write.ts';
import { parseWriteOptions } from './write-options.ts';

/** POST on a collection. */
export async function createFromBody(exchange: WriteExchange): Promise<void> {
  const { request, message, body, contentType, deps } = exchange;
  const options = parseWriteOptions('create', request.query, message.headers['user-agent']);
  const path = pathOf(exchange);
  const { object, strictFaults } = decodeCreated(body, contentType, path);
  const row = decodedRow(object);
  const { answer, warnings } = await performStrictly(
    rowWrite(exchange, row.metadata.name, options),
    { faults: strictFaults, validation: options.fieldValidation, refuse: refuseObject(path) },
    (write) => deps.writes.create(write, fromClient(exchange, row)),
  );
  for (const warning of [...warnings, ...answer.warnings]) exchange.warn(warning);
  await sendRow(exchange, answer.row, 201);
}
