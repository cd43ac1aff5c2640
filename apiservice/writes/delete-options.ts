import type { FieldCause } from '../../src/kube/api-errors.ts';
import { badRequest, fieldInvalid, fieldNotSupported } from '../../src/kube/api-errors.ts';
import { goQuoted } from '../../src/kube/go-quote.ts';
import type { JsonObject, JsonValue } from '../../src/kube/object.ts';
import { isJsonList, isJsonObject, textAt } from '../../src/kube/object.ts';
import { parseBoolean, parseInteger } from '../data/query.ts';
import { readTypedBody } from './body-value.ts';
import type { GoStruct } from './go-struct.ts';
import { structFault, TEXT } from './go-struct.ts';
import { dryRunFaults, invalidOptions } from './write-options.ts';

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;

export type PropagationPolicy = (typeof POLICIES)[number];

/** The options of a delete, validated; what was not given is absent. */
export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: PropagationPolicy;
  /** Deprecated form of the policy. */
  readonly orphanDependents?: boolean;
  /** An empty text is a condition too: one that no object meets. */
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
}

interface RawOptions {
  readonly dryRun: readonly string[];
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: string | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

const DELETE_OPTIONS: GoStruct = {
  type: 'struct',
  go: 'v1.DeleteOptions',
  name: 'DeleteOptions',
  fields: {
    kind: TEXT,
    apiVersion: TEXT,
    gracePeriodSeconds: { type: 'integer' },
    preconditions: {
      type: 'struct',
      go: 'v1.Preconditions',
      name: 'Preconditions',
      fields: { uid: { type: 'text', go: 'types.UID' }, resourceVersion: TEXT },
    },
    orphanDependents: { type: 'boolean' },
    propagationPolicy: { type: 'text', go: 'v1.DeletionPropagation' },
    dryRun: { type: 'list', go: '[]string', items: TEXT },
  },
};

/**
 * The options of a delete: those of the body, and only without a body those of the query. Throws 400, 415 or 422 as
 * kube-apiserver does.
 */
export function parseDeleteOptions(
  query: URLSearchParams,
  body: Buffer,
  contentType: string | undefined,
): DeleteOptions {
  const raw = body.length === 0 ? optionsOfQuery(query) : optionsOfBody(body, contentType);
  const causes = [...policyFaults(raw), ...dryRunFaults(raw.dryRun)];
  if (causes.length > 0) throw invalidOptions('DeleteOptions', causes);
  const propagationPolicy = POLICIES.find((policy) => policy === raw.propagationPolicy);
  return {
    dryRun: raw.dryRun.length > 0,
    ...(raw.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: raw.gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(raw.orphanDependents === undefined ? {} : { orphanDependents: raw.orphanDependents }),
    preconditions: {
      ...(raw.uid === undefined ? {} : { uid: raw.uid }),
      ...(raw.resourceVersion === undefined ? {} : { resourceVersion: raw.resourceVersion }),
    },
  };
}

function policyFaults({ propagationPolicy, orphanDependents }: RawOptions): readonly FieldCause[] {
  if (propagationPolicy === undefined) return [];
  const causes: FieldCause[] = [];
  if (orphanDependents !== undefined) {
    const both = 'orphanDependents and deletionPropagation cannot be both set';
    causes.push(fieldInvalid('propagationPolicy', propagationPolicy, both));
  }
  if (!POLICIES.some((policy) => policy === propagationPolicy)) {
    causes.push(fieldNotSupported('propagationPolicy', propagationPolicy, [...POLICIES, 'nil']));
  }
  return causes;
}

function optionsOfQuery(query: URLSearchParams): RawOptions {
  return {
    dryRun: query.getAll('dryRun'),
    gracePeriodSeconds: query.has('gracePeriodSeconds') ? parseInteger(query, 'gracePeriodSeconds') : undefined,
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: query.has('orphanDependents') ? parseBoolean(query, 'orphanDependents') : undefined,
    uid: query.get('uid') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
  };
}

function optionsOfBody(body: Buffer, contentType: string | undefined): RawOptions {
  const typed = readTypedBody(body, contentType);
  if (!typed.ok) throw badRequest(typed.error);
  const { value, group, version, kind } = typed.value;
  if (kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(
      `no kind ${goQuoted(kind)} is registered for version ${goQuoted(group === '' ? version : `${group}/${version}`)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const fault = structFault(value, DELETE_OPTIONS, false);
  if (fault !== undefined) throw badRequest(fault);
  const given = isJsonObject(value) ? value : {};
  const { gracePeriodSeconds, orphanDependents } = given;
  return {
    dryRun: textsOf(given['dryRun']),
    gracePeriodSeconds: isNumber(gracePeriodSeconds) ? Number(gracePeriodSeconds) : undefined,
    propagationPolicy: textAt(given, 'propagationPolicy'),
    orphanDependents: typeof orphanDependents === 'boolean' ? orphanDependents : undefined,
    uid: textAt(given, 'preconditions', 'uid'),
    resourceVersion: textAt(given, 'preconditions', 'resourceVersion'),
  };
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  return isJsonList(value) ? value.map((item) => (typeof item === 'string' ? item : '')) : [];
}

function isNumber(value: JsonObject[string]): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
