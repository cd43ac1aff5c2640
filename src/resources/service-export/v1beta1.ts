import type { JsonObject } from '../../kube/object.ts';
import { LABEL_SYNTAX } from '../../kube/label-syntax.ts';
import { withVersion } from '../api-version.ts';
import { conditionsSchema } from '../condition-schema.ts';
import type { VersionDefinition } from '../definition.ts';

/** Shared by all versions: they differ in their name only. */
export const SERVICE_EXPORT_SCHEMA: JsonObject = {
  description:
    'ServiceExport says that the Service of the same namespace and name in the same cluster is for the whole ClusterSet. ' +
    'Read through this API it is called <cluster>.<name>.',
  type: 'object',
  properties: {
    spec: {
      description: 'What is exported together with the Service.',
      type: 'object',
      properties: {
        exportedAnnotations: {
          description:
            'Annotations that the ServiceImport gets. If exporting clusters differ, the oldest export decides.',
          type: 'object',
          additionalProperties: { type: 'string' },
        },
        exportedLabels: {
          description: 'Labels that the ServiceImport gets. If exporting clusters differ, the oldest export decides.',
          type: 'object',
          additionalProperties: {
            type: 'string',
            // Of a label's value. A rule in CEL would be too dear for kube-apiserver.
            maxLength: 63,
            pattern: `^(${LABEL_SYNTAX.namePattern})?$`,
          },
        },
      },
    },
    status: {
      description: 'How the export is seen from the whole ClusterSet.',
      type: 'object',
      properties: {
        conditions: conditionsSchema(
          'Valid: the Service exists and can be exported. Conflict: its properties differ from those of another cluster. ' +
            "Ready: the export was handed on by the cluster's own controller.",
        ),
      },
    },
  },
};

export const SERVICE_EXPORT_SUBRESOURCES: VersionDefinition['subresources'] = [{ name: 'status', verbs: ['get'] }];

export const v1beta1: VersionDefinition = {
  name: 'v1beta1',
  schema: SERVICE_EXPORT_SCHEMA,
  deprecationWarning: undefined,
  subresources: SERVICE_EXPORT_SUBRESOURCES,
  toStorage: (object) => withVersion(object, 'v1beta1'),
  fromStorage: (object) => withVersion(object, 'v1beta1'),
};
