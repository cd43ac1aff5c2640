import type { KubeConnection } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { Candidate } from './registration-book.ts';

/** One way in which others write down clusters as objects of a cluster. */
export interface Convention {
  /** For people: where the registrations are. */
  readonly name: string;
  /** To the cluster that has the objects. */
  readonly connection: KubeConnection;
  /** Of the collection. */
  readonly path: string;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  /** Set when the objects are Secrets of our own hub. */
  readonly secretsIn?: string;
  /** What an object registers; undefined if it registers nothing, which is no fault. Messages hold none of its secrets. */
  readonly candidate: (object: JsonObject, name: string) => Candidate | undefined;
  /** Tells whenever `candidate` would say something else of the same objects, until the result is called. */
  readonly follow?: (listener: () => void) => () => void;
}

/** The collection of Secrets of one namespace. */
export function secretsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
}
