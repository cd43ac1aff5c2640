import type { JsonObject } from '../../../kube/object.ts';
import { SPEC_FIELDS } from '../fields.ts';

/** `ips` belong to each importing cluster: nothing can be said of them. */
const IMPORT_FIELDS = Object.fromEntries(Object.entries(SPEC_FIELDS).filter(([field]) => field !== 'ips'));

const SUPPOSED_FIELDS: Readonly<Record<string, JsonObject>> = {
  absent: { description: 'True: the object is deleted, or was never made. Excludes object.', type: 'boolean' },
  object: {
    description:
      'The object as it would be applied, whole. Its name and namespace may be left out; what only an API server writes ' +
      '(uid, creationTimestamp, status) is passed over. Excludes absent.',
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  },
};

function supposed(kind: string): JsonObject {
  return {
    description: `What becomes of the ${kind} of this name in the cluster. Absent: it stays as it is.`,
    type: 'object',
    properties: SUPPOSED_FIELDS,
  };
}

function summary(when: string): JsonObject {
  return {
    description: `What the ServiceImport says ${when}. Absent: there is none.`,
    type: 'object',
    required: ['clusters', 'conflicts', 'ports', 'type', 'winner'],
    properties: {
      ...IMPORT_FIELDS,
      annotations: stringMap('The exported annotations that are passed on.'),
      clusters: words('The exporting clusters, the oldest export first.', 'Name of a cluster.'),
      conflicts: words('What the exports disagree about.', 'Reason of the Conflict condition.'),
      labels: stringMap('The exported labels that are passed on.'),
      winner: { description: 'The cluster of the oldest export, whose values are in force.', type: 'string' },
    },
  };
}

function stringMap(description: string): JsonObject {
  return { description, type: 'object', additionalProperties: { type: 'string' } };
}

function words(description: string, item: string): JsonObject {
  return {
    description,
    type: 'array',
    items: { description: item, type: 'string' },
    'x-kubernetes-list-type': 'atomic',
  };
}

const CHANGES: JsonObject = {
  description: 'The fields that differ, in words.',
  type: 'array',
  items: {
    description: 'One field.',
    type: 'object',
    required: ['field'],
    properties: {
      after: { description: 'Its value after the change. Absent: it has none.', type: 'string' },
      before: { description: 'Its value before the change. Absent: it had none.', type: 'string' },
      field: {
        description: 'A field of before and after, or export: how the export of the cluster is judged.',
        type: 'string',
      },
    },
  },
  'x-kubernetes-list-type': 'atomic',
};

const CONSEQUENCES: JsonObject = {
  description: 'What the change brings about in the ClusterSet, the gravest first. Empty: nothing that anybody sees.',
  type: 'array',
  items: {
    description: 'One consequence.',
    type: 'object',
    required: ['message', 'type'],
    properties: {
      message: { description: 'The same text as in the Warning of the real write.', type: 'string' },
      type: {
        description:
          'removal: something that clients use goes. invalid: the export does not count. conflict: exports come to ' +
          'disagree. change: what is in force changes. notice: everything else.',
        type: 'string',
        enum: ['removal', 'invalid', 'conflict', 'change', 'notice'],
      },
    },
  },
  'x-kubernetes-list-type': 'atomic',
};

export const SIMULATION_SCHEMA: JsonObject = {
  description:
    'ServiceImportSimulation asks what a change of one member cluster would make of a ServiceImport. Nothing is written.',
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      description: 'The change that is supposed; at least one of serviceExport and service.',
      type: 'object',
      required: ['cluster'],
      properties: {
        cluster: { description: 'Name of the member cluster in which it is made.', type: 'string' },
        service: supposed('Service'),
        serviceExport: supposed('ServiceExport'),
      },
    },
    status: {
      description: 'The answer.',
      type: 'object',
      required: ['changes', 'consequences'],
      properties: {
        after: summary('after the change'),
        before: summary('now'),
        changes: CHANGES,
        consequences: CONSEQUENCES,
      },
    },
  },
};
