import type { JsonObject } from '../kube/object.ts';

/** metav1.Condition as the upstream CRDs declare it; our own condition types fit its patterns. */
const CONDITION_ITEM = {
  description: 'One aspect of the state of this object, as last observed.',
  type: 'object',
  required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
  properties: {
    lastTransitionTime: {
      description: 'When the status of this condition last changed. A new reason or message alone does not move it.',
      type: 'string',
      format: 'date-time',
    },
    message: {
      description: 'Explains the condition to people. May be empty.',
      type: 'string',
      maxLength: 32768,
    },
    observedGeneration: {
      description: 'The metadata.generation that was looked at. Lower than the current one means out of date.',
      type: 'integer',
      format: 'int64',
      minimum: 0,
    },
    reason: {
      description: 'Names the cause for programs. Several causes at once are joined with commas.',
      type: 'string',
      maxLength: 1024,
      minLength: 1,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    },
    status: {
      description: 'Whether the condition holds: True, False or Unknown.',
      type: 'string',
      enum: ['True', 'False', 'Unknown'],
    },
    type: {
      description: 'What the condition is about, such as Valid or Conflict; own types carry a domain prefix.',
      type: 'string',
      maxLength: 316,
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
    },
  },
} as const satisfies JsonObject;

/** A list of conditions, keyed by type so that several writers can share it. */
export function conditionsSchema(description: string): JsonObject {
  return {
    description,
    type: 'array',
    items: CONDITION_ITEM,
    'x-kubernetes-list-map-keys': ['type'],
    'x-kubernetes-list-type': 'map',
  };
}
