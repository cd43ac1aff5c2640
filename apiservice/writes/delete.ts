import type { JsonObject } from '../../src/kube/object.ts';
import type { RowDeletionAnswer } from '../../src/kube/row-write.ts';
import type { DeleteOptions } from './delete-options.ts';
import { parseDeleteOptions } from './delete-options.ts';
import type { WriteExchange } from './exchange.ts';
import { sendRow, sendStatusObject } from './exchange.ts';
import { rowWrite } from './row-write.ts';

/** DELETE of one row: answers with a Status when it is gone, and with the row while finalizers hold it. */
export async function deleteOne(exchange: WriteExchange): Promise<void> {
  const { request, body, contentType } = exchange;
  const options = parseDeleteOptions(request.query, body, contentType);
  const answer = await removeRow(exchange, request.name, options);
  if (answer.type === 'leaving') await sendRow(exchange, answer.row, 200);
  else await sendStatusObject(exchange, deletedStatus(exchange, answer.uid));
}

/** Deletes one row of the request's namespace and tells its warnings. */
export async function removeRow(
  exchange: WriteExchange,
  name: string,
  options: DeleteOptions,
): Promise<RowDeletionAnswer> {
  const write = rowWrite(exchange, name, { dryRun: options.dryRun, fieldManager: '', fieldValidation: 'Ignore' });
  const answer = await exchange.deps.writes.remove(write, options);
  for (const warning of answer.warnings) exchange.warn(warning);
  return answer;
}

/** `uid` lets clients that wait for the end tell an object from its successor. */
function deletedStatus({ request }: WriteExchange, uid: string): JsonObject {
  const { group, definition } = request.served;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: request.name, ...(group === '' ? {} : { group }), kind: definition.resource, uid },
  };
}
