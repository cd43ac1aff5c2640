import type { IncomingMessage } from 'node:http';
import { badRequest } from '../../src/kube/api-errors.ts';
import type { JsonObject } from '../../src/kube/object.ts';
import { isJsonObject, textAt } from '../../src/kube/object.ts';
import type { SubresourceKind } from '../../src/resources/definition.ts';
import { readBody } from '../edge/body.ts';
import { readTypedBody } from '../writes/body-value.ts';
import { groupVersion, unrecognized } from '../writes/decode-object.ts';

/** Body of a question to a subresource; kube-apiserver's bound for any body. What is YAML has a lower one. */
const QUESTION_BYTES_MAX = 3 * 1024 * 1024;

/** The body of a question, JSON or YAML, of the subresource's own kind; a type that is left out is that kind. */
export async function readQuestion(message: IncomingMessage, kind: SubresourceKind): Promise<JsonObject> {
  const bytes = await readBody(message, QUESTION_BYTES_MAX);
  const typed = readTypedBody(bytes, message.headers['content-type']);
  if (!typed.ok) throw unrecognized(kind, typed.error, bytes);
  const { value } = typed.value;
  if (!isJsonObject(value)) throw unrecognized(kind, 'it is no object', bytes);
  const wanted = groupVersion(kind);
  const apiVersion = textAt(value, 'apiVersion') ?? wanted;
  const given = textAt(value, 'kind') ?? kind.kind;
  if (apiVersion === wanted && given === kind.kind) return value;
  throw badRequest(
    `${given} in version "${apiVersion}" cannot be handled as a ${kind.kind}: ${wanted}, Kind=${kind.kind} is needed`,
  );
}
