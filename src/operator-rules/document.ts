import type { AdmissionOperation, CelFaultReason } from '../resources/index.ts';
import type { JsonValue } from '../kube/object.ts';

export const RULES_API_VERSION = 'clusterset-apiserver.dev/v1alpha1';
export const RULES_KIND = 'AdmissionRules';

export type RuleAction = 'deny' | 'warn' | 'audit';

/** A metav1.LabelSelector. */
export interface WrittenSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

export interface WrittenMatch {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly (AdmissionOperation | '*')[];
  readonly namespaceSelector?: WrittenSelector;
  readonly objectSelector?: WrittenSelector;
}

export interface WrittenRule {
  readonly name: string;
  readonly match: WrittenMatch;
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly action: RuleAction;
  readonly reason?: CelFaultReason;
  readonly field?: string;
}

/** A rules file as it is written down. */
export interface RulesDocument {
  readonly params?: JsonValue;
  readonly paramsFile?: string;
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly rules: readonly WrittenRule[];
}

const TEXT = { type: 'string', minLength: 1 };
const TEXTS = { type: 'array', items: { type: 'string' }, minItems: 1 };

const SELECTOR = {
  type: 'object',
  additionalProperties: false,
  properties: {
    matchLabels: { type: 'object', required: [], additionalProperties: { type: 'string' } },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['key', 'operator'],
        properties: {
          key: TEXT,
          operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
          values: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
};

/** JSON schema of a rules file. */
export const RULES_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'rules'],
  properties: {
    apiVersion: { const: RULES_API_VERSION },
    kind: { const: RULES_KIND },
    params: {},
    paramsFile: TEXT,
    variables: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'expression'],
        properties: { name: TEXT, expression: TEXT },
      },
    },
    rules: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'match', 'expression', 'action'],
        properties: {
          name: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' },
          match: {
            type: 'object',
            additionalProperties: false,
            required: ['groups', 'resources', 'operations'],
            properties: {
              groups: TEXTS,
              resources: TEXTS,
              operations: {
                type: 'array',
                minItems: 1,
                items: { type: 'string', enum: ['CREATE', 'UPDATE', 'DELETE', '*'] },
              },
              namespaceSelector: SELECTOR,
              objectSelector: SELECTOR,
            },
          },
          expression: TEXT,
          message: TEXT,
          messageExpression: TEXT,
          action: { type: 'string', enum: ['deny', 'warn', 'audit'] },
          reason: {
            type: 'string',
            enum: ['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate'],
          },
          field: TEXT,
        },
      },
    },
  },
};
