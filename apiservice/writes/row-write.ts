import type { RowWrite, RowWriteOptions } from '../../src/kube/row-write.ts';
import type { WriteExchange } from './exchange.ts';
import { isAnswered, targetOf } from './exchange.ts';

/** What the write path needs of a request; `name` is that of the row, '' when the member is to make one. */
export function rowWrite(exchange: WriteExchange, name: string, options: RowWriteOptions): RowWrite {
  const { user, auditId } = exchange.request;
  const { dryRun, fieldManager, fieldValidation } = options;
  return {
    target: targetOf(exchange, name),
    options: { dryRun, fieldManager, fieldValidation },
    user,
    auditId,
    isOver: () => isAnswered(exchange),
    warn: exchange.warn,
  };
}
