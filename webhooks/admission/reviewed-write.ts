import type { JsonObject, KubeObject } from '../../src/kube/object.ts';
import { isJsonObject, isKubeObject } from '../../src/kube/object.ts';
import type { AdmissionOperation, AdmissionSubject } from '../../src/resources/index.ts';
import { REVIEW_DEPTH_MAX } from '../limits.ts';
import type { ReviewedWrite } from '../types.ts';
import type { AdmissionCall } from './review.ts';

/** Who asks about a write, and what for. */
export type ReviewCaller = Pick<ReviewedWrite, 'effect' | 'origin' | 'isAwaited'>;

export type WriteReading =
  | { readonly type: 'write'; readonly write: ReviewedWrite }
  /** Nothing that any rule speaks about: allowed. `unknown` is worth a line in the log. */
  | { readonly type: 'pass'; readonly unknown: string | undefined }
  /** The review contradicts itself: the call fails. */
  | { readonly type: 'bad'; readonly because: string }
  /** Cannot be judged for what it is: only a denial can say so. */
  | { readonly type: 'refused'; readonly because: string };

type ObjectField = 'object' | 'oldObject';

/** What a call must come with. */
const OBJECT_FIELDS: Readonly<Record<AdmissionOperation, readonly ObjectField[]>> = {
  CREATE: ['object'],
  UPDATE: ['object', 'oldObject'],
  DELETE: ['oldObject'],
};

/** Finds what a call is about and brings its objects into the version that rules see. */
export type ReadWrite = (call: AdmissionCall, caller: ReviewCaller) => WriteReading;

/**
 * What is not known here passes: a webhook configuration that asks too much, or a kube-apiserver of a later time, must
 * not keep a member from working.
 */
export function createWriteReader(subjects: readonly AdmissionSubject[]): ReadWrite {
  const byResource = new Map(subjects.map((subject) => [`${subject.group}/${subject.resource}`, subject]));
  return (call, caller) => {
    const { group, version, resource } = call;
    const subject = byResource.get(`${group}/${resource}`);
    if (subject === undefined) return pass(`resource ${group}/${resource}`);
    if (!subject.versions.includes(version)) return pass(`version ${group}/${version} of ${resource}`);
    if (call.operation === 'CONNECT') return pass();
    // A subresource with a kind of its own, such as Scale.
    if (call.kind !== subject.kind) return call.subresource === '' ? pass(`kind ${group}/${call.kind}`) : pass();
    return isOperation(call.operation)
      ? readObjects({ call, caller }, subject, call.operation)
      : pass(`operation ${call.operation}`);
  };
}

function pass(unknown?: string): WriteReading {
  return { type: 'pass', unknown };
}

function isOperation(operation: string): operation is AdmissionOperation {
  return Object.hasOwn(OBJECT_FIELDS, operation);
}

interface Asked {
  readonly call: AdmissionCall;
  readonly caller: ReviewCaller;
}

function readObjects({ call, caller }: Asked, subject: AdmissionSubject, operation: AdmissionOperation): WriteReading {
  const read: { object: KubeObject | undefined; oldObject: KubeObject | undefined } = {
    object: undefined,
    oldObject: undefined,
  };
  for (const field of OBJECT_FIELDS[operation]) {
    const value = call[field];
    // Nobody is kept from deleting because kube-apiserver did not say what.
    if (value === undefined && operation === 'DELETE') return pass();
    if (value === undefined) return { type: 'bad', because: `request.${field} is missing (${operation})` };
    const object = withName(value);
    if (!isKubeObject(object) || object.kind !== subject.kind) {
      return { type: 'bad', because: `request.${field} is no ${subject.kind}` };
    }
    if (isDeeperThan(object, REVIEW_DEPTH_MAX)) {
      return { type: 'refused', because: `the object is nested deeper than ${REVIEW_DEPTH_MAX} levels` };
    }
    read[field] = subject.toStorage(object);
  }
  return {
    type: 'write',
    write: writeOf({ call, caller }, { subject, operation, object: read.object, oldObject: read.oldObject }),
  };
}

type ReadObjects = Pick<ReviewedWrite, 'subject' | 'operation' | ObjectField>;

/** Field by field: to spread objects with so many fields takes some microseconds. */
function writeOf({ call, caller }: Asked, read: ReadObjects): ReviewedWrite {
  return {
    effect: caller.effect,
    origin: caller.origin,
    isAwaited: caller.isAwaited,
    subject: read.subject,
    operation: read.operation,
    subresource: call.subresource,
    namespace: call.namespace,
    name: nameOf(call, read),
    object: read.object,
    oldObject: read.oldObject,
    requestVersion: call.requestVersion,
    user: call.user,
    dryRun: call.dryRun,
  };
}

/** A deletion of a collection names no object. */
function nameOf(call: AdmissionCall, { object, oldObject }: Pick<ReviewedWrite, ObjectField>): string {
  return call.name === '' ? ((object ?? oldObject)?.metadata.name ?? '') : call.name;
}

/** The name of an object with generateName may be made later. */
function withName(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata) || metadata['name'] !== undefined) return object;
  return { ...object, metadata: { ...metadata, name: '' } };
}

/** Goes no deeper than it has to. */
function isDeeperThan(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depthMax === 0) return true;
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const item of items) {
    if (typeof item === 'object' && item !== null && isDeeperThan(item, depthMax - 1)) return true;
  }
  return false;
}
