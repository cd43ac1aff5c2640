import type { KubeConnection, KubeResponse } from '../../connection/index.ts';
import { DurableError } from '../../durable/index.ts';
import type { HubObject, HubObjects } from '../../durable/index.ts';
import { parseJson, stringifyJson } from '../../kube/json.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { RECORD_LABEL } from '../install/names.ts';

const TIMEOUT_MS = 10_000;

/** Our records as ConfigMaps in our namespace on the hub. */
export function createHubObjects(connection: KubeConnection, namespace: string): HubObjects {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const call = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', name: string, body?: object): Promise<KubeResponse> =>
    connection.request({
      method,
      path: name === '' ? path : `${path}/${name}`,
      timeoutMs: TIMEOUT_MS,
      ...(body === undefined ? {} : { body: stringifyJson(body) }),
    });
  return {
    get: async (name) => {
      const response = await call('GET', name);
      if (response.status === 404) return undefined;
      return fromConfigMap(read(response));
    },
    listNames: async () => {
      const response = await connection.request({
        method: 'GET',
        path,
        query: { labelSelector: `${RECORD_LABEL}=true` },
        headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
        timeoutMs: TIMEOUT_MS,
      });
      const list = read(response)['items'];
      const items = Array.isArray(list) ? (list as readonly JsonValue[]) : [];
      return items.flatMap((item) => textAt(item, 'metadata', 'name') ?? []);
    },
    put: async (object, resourceVersion) => {
      const body = toConfigMap(object, resourceVersion);
      const response = await (resourceVersion === undefined ? call('POST', '', body) : call('PUT', object.name, body));
      if (response.status === 409 || (response.status === 404 && resourceVersion !== undefined)) {
        return failed('conflict');
      }
      return succeeded(textAt(read(response), 'metadata', 'resourceVersion') ?? '');
    },
    remove: async (name) => {
      const response = await call('DELETE', name);
      if (response.status !== 404) read(response);
    },
  };
}

function toConfigMap(object: HubObject, resourceVersion: string | undefined): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: object.name,
      labels: { [RECORD_LABEL]: 'true' },
      annotations: object.annotations,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    binaryData: Object.fromEntries(
      Object.entries(object.binaryData).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]),
    ),
  };
}

function fromConfigMap(map: JsonObject): HubObject & { readonly resourceVersion: string } {
  const metadata = isJsonObject(map['metadata']) ? map['metadata'] : {};
  return {
    name: textAt(metadata, 'name') ?? '',
    resourceVersion: textAt(metadata, 'resourceVersion') ?? '',
    annotations: texts(metadata['annotations']),
    binaryData: Object.fromEntries(
      Object.entries(texts(map['binaryData'])).map(([key, text]) => [key, Buffer.from(text, 'base64')]),
    ),
  };
}

function texts(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

/** The body of a success; a refusal becomes the DurableError that it means here. */
function read(response: KubeResponse): JsonObject {
  const body = parseBody(response.body);
  if (response.status >= 200 && response.status < 300) return body;
  const message = `the hub answered ${response.status}: ${textAt(body, 'message') ?? ''}`;
  if (response.status === 403 && message.includes('quota')) throw new DurableError('diskFull', message);
  if (response.status === 403) throw new DurableError('readOnly', message);
  if (response.status === 413) throw new DurableError('tooLarge', message);
  throw new DurableError('unavailable', message);
}

function parseBody(body: Buffer): JsonObject {
  try {
    const value = parseJson(body.toString('utf8'));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
