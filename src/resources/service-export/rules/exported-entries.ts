import { isJsonObject, type KubeObject } from '../../../kube/object.ts';

export type ExportedMap = 'exportedLabels' | 'exportedAnnotations';

/** One entry of a map in a ServiceExport's spec, and where it stands. */
export interface ExportedEntry {
  /** As kube-apiserver writes the path of a map entry: `spec.exportedLabels[key]`. */
  readonly field: string;
  readonly key: string;
  readonly value: string;
}

/** The entries that are texts; the schema of the member refuses all others. */
export function exportedEntries({ spec }: KubeObject, map: ExportedMap): readonly ExportedEntry[] {
  const entries: unknown = isJsonObject(spec) ? spec[map] : undefined;
  if (!isJsonObject(entries)) return [];
  const texts: ExportedEntry[] = [];
  for (const [key, value] of Object.entries(entries)) {
    if (typeof value === 'string') texts.push({ field: `spec.${map}[${key}]`, key, value });
  }
  return texts;
}
