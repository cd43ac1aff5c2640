import type { ServedResource } from '../../apiservice/types.ts';
import type { FieldCause } from '../kube/api-errors.ts';
import type { KubeObject } from '../kube/object.ts';

/** Gives out an address of the cluster's Service range that nobody has yet. */
export type AssignAddress = (family: 'IPv4' | 'IPv6') => string;

/** How kube-apiserver treats the objects of one kind when they are written. */
export interface KindTraits {
  /** Defined by a CustomResourceDefinition in real clusters: no strategic merge patch, unknown fields are dropped. */
  readonly isCustom: boolean;
  readonly hasGeneration: boolean;
  readonly hasStatus: boolean;
  /** PUT of an absent name creates it. */
  readonly createsOnUpdate: boolean;
  /** PUT must name the resourceVersion that it replaces. */
  readonly needsResourceVersion: boolean;
  /** DELETE answers with the last state instead of a Status. */
  readonly returnsDeleted: boolean;
  readonly nameForm: 'label' | 'subdomain';
  /** Lists that a strategic merge patch merges by a key, by their field's name. */
  readonly mergeKeys: Readonly<Record<string, string>>;
  /** Fills in what the writer left out; in the storage version. `before` is the object that is replaced. */
  readonly complete: (object: KubeObject, before: KubeObject | undefined, assign: AssignAddress) => KubeObject;
  /** What is wrong with a completed object. */
  readonly faults: (object: KubeObject, before: KubeObject | undefined) => readonly FieldCause[];
}

/** A kind of an embedded member: its definition and how it is written. */
export interface EmbeddedKind {
  readonly served: ServedResource;
  readonly traits: KindTraits;
}
