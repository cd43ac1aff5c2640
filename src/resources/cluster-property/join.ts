import { DOMAIN } from '../../kube/domain.ts';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';
import type { Subresource, SubresourceKind } from '../definition.ts';

const CAUSE: JsonObject = {
  description: 'One fault.',
  type: 'object',
  required: ['field', 'message', 'reason'],
  properties: {
    field: { description: 'Path of what is at fault.', type: 'string' },
    message: { description: 'What is wrong with it.', type: 'string' },
    reason: { description: 'How the fault is classified.', type: 'string' },
  },
};

const SCHEMA: JsonObject = {
  description:
    'ClusterPropertyJoin asks whether a member may become what the property would make it, and if it may, keeps the ' +
    'identity for it until the member shows it or the write is over.',
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      description: 'What is wanted.',
      type: 'object',
      required: ['value'],
      properties: {
        value: {
          description:
            'The value that the property would have. Empty only for an id that is dropped outside a ClusterSet.',
          type: 'string',
        },
        clusterID: { description: 'The id that the cluster would have, as it sees itself.', type: 'string' },
        clusterSet: {
          description:
            'The ClusterSet that it would be a member of, as it sees itself. Empty: it is outside, and value is its id from ' +
            'now on, which is only noted.',
          type: 'string',
        },
        dryRun: { description: 'True: only look, keep nothing.', type: 'boolean' },
      },
    },
    status: {
      description: 'The decision.',
      type: 'object',
      required: ['allowed'],
      properties: {
        allowed: { description: 'Whether the property may be written.', type: 'boolean' },
        code: { description: 'HTTP status of a denial: 403, 422 or 503.', type: 'integer' },
        message: { description: 'Why it is denied.', type: 'string' },
        causes: { description: 'The faults of a denial with code 422.', type: 'array', items: CAUSE },
        retryAfterSeconds: { description: 'When a denial with code 503 is worth another try.', type: 'integer' },
      },
    },
  },
};

/** Asked by a member's own webhooks when somebody writes the property there: only the hub sees all members. */
export const CLUSTER_PROPERTY_JOIN: SubresourceKind = {
  group: DOMAIN,
  version: 'v1alpha1',
  kind: 'ClusterPropertyJoin',
  schema: SCHEMA,
  columns: [
    { name: 'Name', type: 'string', format: 'name', description: 'Name of the row that is asked about.', priority: 0 },
    { name: 'Allowed', type: 'boolean', format: '', description: 'Whether the property may be written.', priority: 0 },
    { name: 'Message', type: 'string', format: '', description: 'Why it is denied.', priority: 0 },
  ],
  rows: ({ metadata, status }) => [
    [metadata.name, isJsonObject(status) && status['allowed'] === true, textAt(status, 'message') ?? null],
  ],
  // It keeps an identity: who may only read may not ask.
  isQuestion: false,
};

export const JOIN: Subresource = { name: 'join', verbs: ['create'], answer: CLUSTER_PROPERTY_JOIN };
