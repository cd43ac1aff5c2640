import type { KubeObject } from '../../src/kube/object.ts';
import type { SubresourceKind } from '../../src/resources/definition.ts';
import { cellValue, columnDefinitions } from '../data/table.ts';
import type { View } from '../data/view.ts';
import { metaApiVersion } from '../data/view.ts';
import type { SubresourceContent } from '../types.ts';

export interface Shown {
  readonly kind: SubresourceKind;
  readonly content: SubresourceContent;
  readonly nowMs: number;
}

/** An answer in the form that was agreed on, with its own type, whatever version of the parent was asked. */
export function answerIn({ form, includeObject }: View, { kind, content, nowMs }: Shown): unknown {
  const object: KubeObject = { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, ...content };
  const metadata = { kind: 'PartialObjectMetadata', apiVersion: metaApiVersion(form), metadata: object.metadata };
  if (form.type === 'object') return object;
  if (form.type === 'metadata') return metadata;
  const { resourceVersion } = object.metadata;
  const included = { Metadata: metadata, Object: object, None: null }[includeObject];
  return {
    kind: 'Table',
    apiVersion: metaApiVersion(form),
    metadata: resourceVersion === undefined ? {} : { resourceVersion },
    columnDefinitions: columnDefinitions(kind.columns),
    rows: kind.rows(object).map((cells, index) => ({
      cells: cells.map((cell) => cellValue(cell, nowMs)),
      // The rows are parts of one object: once is enough of what may be large.
      object: index > 0 && includeObject === 'Object' ? metadata : included,
    })),
  };
}
