import { DOMAIN } from '../kube/domain.ts';
import { compareText, isJsonObject, type KubeObject } from '../kube/object.ts';
import { isLabelValue, isQualifiedName } from './label-syntax.ts';

export type StringMap = Readonly<Record<string, string>>;

export type DropCause =
  'not a string' | 'not a label key' | 'not a label value' | 'not an annotation key' | 'reserved' | 'too large';

/** An entry that would make the ServiceImport unwritable, or that is not the exporter's to set. */
export interface DroppedEntry {
  readonly field: 'exportedLabels' | 'exportedAnnotations';
  readonly key: string;
  readonly cause: DropCause;
}

/** The maps of one ServiceExport spec: what passes, sorted by key, and what does not. */
export interface ExportedMetadata {
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly dropped: readonly DroppedEntry[];
}

/** What kube-apiserver allows for all annotations of an object: keys and values together, in UTF-8. */
export const ANNOTATIONS_BYTES_MAX = 262_144;

/** Before the slash of a key; compared whole. */
export const RESERVED_PREFIXES: ReadonlySet<string> = new Set([
  'multicluster.kubernetes.io',
  'multicluster.x-k8s.io',
  'endpointslice.kubernetes.io',
  'kubernetes.io',
  'service.kubernetes.io',
  DOMAIN,
]);
export const RESERVED_KEYS: ReadonlySet<string> = new Set(['kubectl.kubernetes.io/last-applied-configuration']);
/** In spite of their prefix. */
export const ALLOWED_KEYS: ReadonlySet<string> = new Set(['service.kubernetes.io/topology-mode']);

const NO_METADATA: ExportedMetadata = { labels: {}, annotations: {}, dropped: [] };

/** Reads the only permitted source of exported metadata (KEP-1645 §Exporting Services). */
export function readExportedMetadata(serviceExport: KubeObject): ExportedMetadata {
  const spec: unknown = serviceExport.spec;
  if (!isJsonObject(spec)) return NO_METADATA;
  const labels = spec['exportedLabels'];
  const annotations = spec['exportedAnnotations'];
  if (!isJsonObject(labels) && !isJsonObject(annotations)) return NO_METADATA;
  const dropped: DroppedEntry[] = [];
  const drop = (field: DroppedEntry['field']) => (key: string, cause: DropCause) => {
    dropped.push({ field, key, cause });
  };
  return {
    labels: filterEntries(labels, judgeLabel, drop('exportedLabels')),
    annotations: filterEntries(annotations, createAnnotationJudge(), drop('exportedAnnotations')),
    dropped,
  };
}

/** True for keys that Kubernetes, the multi-cluster controllers or this program own; prefixes are compared whole. */
export function isReservedKey(key: string): boolean {
  if (ALLOWED_KEYS.has(key)) return false;
  const slash = key.indexOf('/');
  return RESERVED_KEYS.has(key) || (slash !== -1 && RESERVED_PREFIXES.has(key.slice(0, slash)));
}

type Judge = (key: string, value: string) => DropCause | undefined;

function filterEntries(map: unknown, judge: Judge, drop: (key: string, cause: DropCause) => void): StringMap {
  if (!isJsonObject(map)) return {};
  const kept: [string, string][] = [];
  for (const key of Object.keys(map).sort(compareText)) {
    const value = map[key];
    const cause = typeof value === 'string' ? judge(key, value) : 'not a string';
    if (cause === undefined && typeof value === 'string') kept.push([key, value]);
    else if (cause !== undefined) drop(key, cause);
  }
  return Object.fromEntries(kept);
}

function judgeLabel(key: string, value: string): DropCause | undefined {
  if (!isQualifiedName(key)) return 'not a label key';
  if (!isLabelValue(value)) return 'not a label value';
  return isReservedKey(key) ? 'reserved' : undefined;
}

/** Annotation keys are judged in lower case, as kube-apiserver does; the size is that of everything kept so far. */
function createAnnotationJudge(): Judge {
  let bytes = 0;
  return (key, value) => {
    if (!isQualifiedName(key.toLowerCase())) return 'not an annotation key';
    if (isReservedKey(key.toLowerCase())) return 'reserved';
    const entryBytes = Buffer.byteLength(key) + Buffer.byteLength(value);
    if (bytes + entryBytes > ANNOTATIONS_BYTES_MAX) return 'too large';
    bytes += entryBytes;
    return undefined;
  };
}
