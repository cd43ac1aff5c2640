import type { DecodedObject, ExpectedType } from './decode-object.ts';
import { decodeApplied, decodeObject } from './decode-object.ts';
import { assertNamed, assertTyped, inNamespace, inPlaceOfPath, newObject } from './object-address.ts';

/** What the path of a write says; `name` is '' for a create. */
export interface ObjectPath extends ExpectedType {
  readonly namespace: string;
  readonly name: string;
}

/** The object of a POST, with the namespace of the path and without what only the server sets. Throws 400, 415, 422. */
export function decodeCreated(body: Buffer, contentType: string | undefined, path: ObjectPath): DecodedObject {
  const { object, strictFaults } = decodeObject(body, contentType, path);
  return { object: newObject(inNamespace(object, path.namespace), path), strictFaults };
}

/** The object of a PUT, with the namespace of the path. Throws 400, 415, 422. */
export function decodeUpdated(body: Buffer, contentType: string | undefined, path: ObjectPath): DecodedObject {
  const { object, strictFaults } = decodeObject(body, contentType, path);
  const placed = inNamespace(object, path.namespace);
  assertNamed(placed, path.name);
  assertTyped(placed, path);
  return { object: placed, strictFaults };
}

/** The object of a server-side apply, with namespace and name of the path. Throws 400. */
export function decodeAppliedAt(body: Buffer, path: ObjectPath): DecodedObject {
  const { object, strictFaults } = decodeApplied(body, path);
  return { object: inPlaceOfPath(object, path.name, path.namespace), strictFaults };
}
