import type { KubeConnection, KubeResponse } from '../connection/types.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { parseObjectBody } from './answers.ts';
import type { Failure } from './failure.ts';
import { parseHttpFailure, toFailure } from './failure.ts';
import type { ReflectedSource } from './member-resource.ts';
import { versionPath } from './member-resource.ts';

const DISCOVERY_TIMEOUT_MS = 10_000;
const DISCOVERY_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The best version in which a member serves a resource; undefined only if its kube-apiserver itself lists its groups
 * and resources and this one is not among them. A 404 proves nothing: a proxy in between may have said it.
 */
export async function discoverVersion(
  connection: KubeConnection,
  source: ReflectedSource,
  signal: AbortSignal,
): Promise<Outcome<string | undefined, Failure>> {
  const groups = await readDocument(connection, { path: '/apis', kind: 'APIGroupList', listField: 'groups' }, signal);
  if (!groups.ok) return groups;
  const served = versionsOf(groups.value, source.group);
  for (const version of source.versions.filter((candidate) => served.has(candidate))) {
    const path = versionPath(source.group, version);
    const document = { path, kind: 'APIResourceList', listField: 'resources' };
    const resources = await readDocument(connection, document, signal);
    if (!resources.ok) return resources;
    if (resources.value.some((item) => isJsonObject(item) && item['name'] === source.resource)) {
      return succeeded(version);
    }
  }
  return succeeded(undefined);
}

interface DiscoveryDocument {
  readonly path: string;
  readonly kind: string;
  readonly listField: string;
}

async function readDocument(
  connection: KubeConnection,
  { path, kind, listField }: DiscoveryDocument,
  signal: AbortSignal,
): Promise<Outcome<readonly unknown[], Failure>> {
  const limits = { timeoutMs: DISCOVERY_TIMEOUT_MS, bodyBytesMax: DISCOVERY_BYTES_MAX, signal };
  const headers = { accept: 'application/json' };
  let response: KubeResponse;
  try {
    response = await connection.request({ method: 'GET', path, headers, ...limits });
  } catch (error) {
    return failed(toFailure(error));
  }
  if (response.status !== 200) return failed(parseHttpFailure(response.status, response.headers, response.body));
  const document = parseObjectBody(response.body);
  const list = document?.[listField];
  if (document?.['kind'] !== kind || !Array.isArray(list)) {
    return failed({ type: 'malformed', message: `${path} is not a discovery document` });
  }
  return succeeded(list);
}

function versionsOf(groups: readonly unknown[], group: string): ReadonlySet<string> {
  const found = groups.find((item) => isJsonObject(item) && item['name'] === group);
  const versions = isJsonObject(found) ? found['versions'] : undefined;
  const names = Array.isArray(versions)
    ? versions.map((item: unknown) => (isJsonObject(item) ? item['version'] : ''))
    : [];
  return new Set(names.filter((name) => typeof name === 'string'));
}
