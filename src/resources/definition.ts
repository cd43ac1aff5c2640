import type { JsonObject, KubeObject } from '../kube/object.ts';
import type { AdmissionRule } from './admission.ts';
import type { MemberPolicy } from './member-policy.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** Which configured API group a kind lives in; the group's name is configuration. */
export type GroupRole = 'multicluster' | 'about';

/** One table cell; `age` is filled in when the row is written, so that encoded rows can be kept. */
export type Cell = string | number | boolean | null | { readonly age: string | undefined };

export interface Column {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'string' | 'boolean' | 'date';
  readonly format: string;
  readonly description: string;
  /** Above 0: shown with -o wide only. */
  readonly priority: number;
  /** Reads the object in the storage version. */
  readonly cell: (object: KubeObject) => Cell;
  /** Where a CustomResourceDefinition of the kind finds it, in the storage version; absent if only our rows have it. */
  readonly jsonPath?: string;
}

/** One API version of a kind. */
export interface VersionDefinition {
  readonly name: string;
  /** OpenAPI v3 structural schema (as in a CRD) of the whole object without apiVersion, kind and metadata; every property described. */
  readonly schema: JsonObject;
  /** Warning header text when this version is used; undefined if it is not deprecated. */
  readonly deprecationWarning: string | undefined;
  /** Per version, because a version may have no status of its own (ServiceImport v1alpha2). */
  readonly subresources: readonly Subresource[];
  /** Where this version has what the storage version has at a column's JSON path; the same place if not given. */
  readonly columnPath?: (jsonPath: string) => string;
  /**
   * The functions below change nothing but the version in apiVersion, so that whoever has an object as bytes need not
   * parse it. Holds for the storage version in any case.
   */
  readonly differsInNameOnly?: true;
  /** Pure and lossless; never mutates its input, never throws. Only the version in apiVersion changes, never the group. */
  readonly toStorage: (object: KubeObject) => KubeObject;
  readonly fromStorage: (object: KubeObject) => KubeObject;
}

export interface Subresource {
  readonly name: string;
  readonly verbs: readonly Verb[];
  /** What it answers with, and on `create` is asked with, where that is not the object itself (as Scale is not). */
  readonly answer?: SubresourceKind;
}

/** A kind that exists below another resource only: computed when it is asked for, never listed or watched. */
export interface SubresourceKind {
  /** The same whatever group the parent is served under. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** As in `VersionDefinition`. */
  readonly schema: JsonObject;
  readonly columns: readonly Omit<Column, 'cell' | 'jsonPath'>[];
  /** The rows of its table, each with a cell per column; one answer may have many. */
  readonly rows: (answer: KubeObject) => readonly (readonly Cell[])[];
  /** True where `create` only asks and nothing is kept: whoever may read the parent may ask. */
  readonly isQuestion: boolean;
}

/** What serving a kind needs to know of it, whatever group it is served under. */
export interface KindDefinition {
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly made: 'derived' | 'projected' | 'stored';
  readonly description: string;
  /** Verbs that work. */
  readonly implementedVerbs: readonly Verb[];
  /**
   * Verbs that discovery shows. Projected and derived kinds never show delete or deletecollection: the namespace
   * controller and the garbage collector choose their resources by these verbs and would delete in every member.
   */
  readonly advertisedVerbs: readonly Verb[];
  /** Message of the 405 for what cannot be written here: says the right way. `name` is that in the path, '' without one. */
  readonly readOnlyMessage: ((name: string) => string) | undefined;
  readonly storageVersion: string;
  /** In order of priority; the first is the preferred version. */
  readonly versions: readonly VersionDefinition[];
  readonly columns: readonly Column[];
}

/** The one definition of a kind of ours; routes, discovery, OpenAPI, tables, RBAC and manifests follow from it. */
export interface ResourceDefinition extends KindDefinition {
  readonly groupRole: GroupRole;
  /** What writes are judged by, in the order in which their warnings are given. */
  readonly rules: readonly AdmissionRule[];
  /** What of them a member can enforce by itself. */
  readonly memberPolicies: readonly MemberPolicy[];
}
