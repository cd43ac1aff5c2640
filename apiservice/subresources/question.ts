import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { badRequest } from '../../src/kube/api-errors.ts';
import { parseJson } from '../../src/kube/json.ts';
import type { JsonObject } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import type { SubresourceKind } from '../../src/resources/definition.ts';
import { readBody } from '../edge/body.ts';

/** Body of a question to a subresource; kube-apiserver's bound for any body. */
const QUESTION_BYTES_MAX = 3 * 1024 * 1024;
/** Of a body that cannot be read an error message repeats so much. */
const BODY_BYTES_SHOWN_MAX = 30;

/** The body of a question, JSON or YAML, of the subresource's own kind; a type that is left out is that kind. */
export async function readQuestion(message: IncomingMessage, kind: SubresourceKind): Promise<JsonObject> {
  const bytes = await readBody(message, QUESTION_BYTES_MAX);
  const isYaml = (message.headers['content-type'] ?? '').trim().startsWith('application/yaml');
  const body = parseObject(bytes, isYaml, kind);
  const apiVersion = body['apiVersion'] ?? `${kind.group}/${kind.version}`;
  const given = body['kind'] ?? kind.kind;
  if (apiVersion === `${kind.group}/${kind.version}` && given === kind.kind) return body;
  const target = `${kind.group}/${kind.version}, Kind=${kind.kind}`;
  throw badRequest(
    `${textOf(given)} in version "${textOf(apiVersion)}" cannot be handled as a ${kind.kind}: ${target} is needed`,
  );
}

function parseObject(bytes: Buffer, isYaml: boolean, { kind }: SubresourceKind): JsonObject {
  const text = bytes.toString('utf8');
  let cause = 'it is no object';
  try {
    const value: unknown = isYaml ? parseYaml(text) : parseJson(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    cause = `couldn't get version/kind; ${isYaml ? 'yaml' : 'json'} parse error: ${firstLine(error)}`;
  }
  throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${cause} (${summarize(bytes)})`);
}

/** As kube-apiserver: what looks like JSON as it is, anything else in hexadecimal. */
function summarize(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const encoding = bytes[0] === 0x7b ? 'utf8' : 'hex';
  const shown = bytes.subarray(0, BODY_BYTES_SHOWN_MAX).toString(encoding);
  return bytes.length > BODY_BYTES_SHOWN_MAX ? `${shown} ...` : shown;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : 'unreadable').split('\n', 1)[0] ?? '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}
