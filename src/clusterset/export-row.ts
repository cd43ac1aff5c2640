import { type ClusterId, parseClusterId } from '../kube/cluster-id.ts';
import { CLUSTER_LABEL, EXPORT_NAME_ANNOTATION, SERVICE_ANNOTATION } from '../kube/domain.ts';
import { isJsonObject, type JsonValue, type KubeObject, textAt } from '../kube/object.ts';
import { isOwnAnnotation, isOwnLabel, without } from './projected-metadata.ts';
import { SERVICE_EXPORT_KEYS } from './service-export.ts';
import { readShownService } from './shown-service.ts';

/** What a row tells of its member. */
export interface ExportRow {
  readonly cluster: ClusterId;
  /** As the rules read it: the member's own name, no status, and the row's uid, which is as stable as the member's. */
  readonly serviceExport: KubeObject;
  /** Undefined where the member has none that could count, or where that is not known. */
  readonly service: KubeObject | undefined;
  /** False while whoever made the row has not read from the member what is needed to judge the export. */
  readonly isJudged: boolean;
}

/** Reads a row of a ServiceExport, the inverse of its projection; undefined for what is no row of ours. */
export function readExportRow({ apiVersion, kind, metadata, spec, status }: KubeObject): ExportRow | undefined {
  const cluster = parseClusterId(textAt(metadata, 'labels', CLUSTER_LABEL) ?? '');
  const name = textAt(metadata, 'annotations', EXPORT_NAME_ANNOTATION);
  const { namespace } = metadata;
  if (!cluster.ok || name === undefined || namespace === undefined) return undefined;
  const text = textAt(metadata, 'annotations', SERVICE_ANNOTATION);
  return {
    cluster: cluster.value,
    serviceExport: {
      ...{ apiVersion, kind },
      metadata: {
        ...metadata,
        name,
        labels: without(metadata.labels, (key) => isOwnLabel(key, SERVICE_EXPORT_KEYS)),
        annotations: without(metadata.annotations, (key) => isOwnAnnotation(key, SERVICE_EXPORT_KEYS)),
      },
      ...(spec === undefined ? {} : { spec }),
    },
    service: text === undefined ? undefined : readShownService(text, { namespace, name }),
    isJudged: !isUnknown(status, 'Valid'),
  };
}

function isUnknown(status: JsonValue | undefined, type: string): boolean {
  const conditions: unknown = isJsonObject(status) ? status['conditions'] : undefined;
  const items: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  return items.some((item) => isJsonObject(item) && item['type'] === type && item['status'] === 'Unknown');
}
