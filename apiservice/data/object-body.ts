import type { KubeObject } from '../../src/kube/object.ts';
import { keyOf } from '../../src/kube/object.ts';
import { toRevision } from '../../src/kube/revision.ts';
import type { StoredObject } from '../../src/store/types.ts';
import type { DataDeps } from './deps.ts';
import { encodeItem } from './encode.ts';
import { itemValue, tableFields } from './list-body.ts';
import type { Agreed } from './request.ts';
import { layoutOf, wholeText } from './text-body.ts';

const LINE_END = Buffer.from('\n');

/** An object as an answer shows it. */
export interface ShownObject {
  readonly agreed: Agreed;
  readonly stored: StoredObject;
  /** False for what nobody else reads, such as the result of a dry run: its bytes are not kept. */
  readonly isShared: boolean;
}

/** An object that is not in the store, as if it were. */
export function unstored(object: KubeObject): StoredObject {
  return { key: keyOf(object), revision: toRevision(0), object };
}

/** The body that shows one object in the form that was agreed on. */
export function objectBody(deps: Pick<DataDeps, 'cache' | 'clock'>, { agreed, stored, isShared }: ShownObject): Buffer {
  const { view } = agreed;
  const layout = layoutOf(agreed.encoding, agreed.pretty);
  if (view.form.type === 'table') {
    const resourceVersion = stored.object.metadata.resourceVersion ?? '';
    const fields = tableFields(view, { resourceVersion });
    return Buffer.from(wholeText({ ...fields, rows: [itemValue(view, stored, deps.clock())] }, layout));
  }
  if (layout !== 'compact') return Buffer.from(wholeText(itemValue(view, stored, deps.clock()), layout));
  const encode = (): Buffer => encodeItem(view, stored);
  return Buffer.concat([isShared ? deps.cache.encode(stored, view.key, encode) : encode(), LINE_END]);
}
