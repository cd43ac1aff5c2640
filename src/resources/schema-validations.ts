import type { JsonObject } from '../kube/object.ts';

/** One rule in CEL that kube-apiserver enforces for every writer, as `self` is the value that it stands at. */
export interface SchemaValidation {
  /** Within the functions of Kubernetes 1.26 and its limit of estimated cost. */
  readonly rule: string;
  readonly message: string;
  /** Of the field at fault, from the value on, such as `.ips`. */
  readonly fieldPath?: string;
}

/** A part of a structural schema. An update that leaves a value as it was is warned, not refused (Kubernetes 1.30). */
export function validations(...rules: readonly SchemaValidation[]): JsonObject {
  return { 'x-kubernetes-validations': rules.map((rule) => ({ ...rule })) };
}
