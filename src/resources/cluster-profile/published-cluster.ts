import type { FieldCause } from '../../kube/api-errors.ts';
import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import type { JsonObject, JsonValue, KubeObject } from '../../kube/object.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import { schemaFaults, unknownFields } from '../structural-schema.ts';
import { credentialFaults } from './rules/no-credentials.ts';
import { v1alpha2 } from './v1alpha2.ts';

const ARGUMENTS = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-args';
const ENVIRONMENT = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs';
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PLACE = 'status.accessProviders[0].cluster.';

/** What is wrong, without the value: it might be what nobody may read. */
const REASONS: Readonly<Record<string, string>> = {
  FieldValueRequired: 'is missing',
  FieldValueDuplicate: 'is there twice',
  FieldValueTooLong: 'is too long',
  FieldValueForbidden: 'looks like a credential; publish a reference instead',
};

/**
 * Why fields cannot be put over the `cluster` of an access provider of ours, a phrase each, which repeats none of their
 * values. They keep to the stricter version and to the rules that other writers of profiles have to keep to.
 */
export function publishedClusterFaults(cluster: JsonObject): readonly string[] {
  const secrets = credentialFaults({ accessProviders: [{ name: 'x', cluster }] });
  if (secrets.length > 0) return secrets.map(phrase);
  // A member always has a server of its own.
  const profile = profileWith({ server: 'https://x', ...cluster });
  const unknown = unknownFields(profile, v1alpha2.schema).map((path) => `${shortened(path)} is no field of it`);
  const shape = schemaFaults(profile, v1alpha2.schema).map(phrase);
  return [...new Set([...unknown, ...shape, ...urlFaults(cluster), ...extensionFaults(cluster)])];
}

function profileWith(cluster: JsonObject): KubeObject {
  return {
    apiVersion: `${MULTICLUSTER_GROUP}/${v1alpha2.name}`,
    kind: 'ClusterProfile',
    metadata: { name: 'x' },
    spec: { clusterManager: { name: 'x' } },
    status: { accessProviders: [{ name: 'x', cluster }] },
  };
}

function phrase({ field, reason }: FieldCause): string {
  return `${shortened(field)} ${REASONS[reason] ?? 'is not what this field may hold'}`;
}

function shortened(path: string): string {
  return path.startsWith(PLACE) ? path.slice(PLACE.length) : path;
}

function urlFaults(cluster: JsonObject): readonly string[] {
  const { server, 'proxy-url': proxy } = cluster;
  const faults: string[] = [];
  if (typeof server === 'string' && !isUrl(server, ['https:'])) {
    faults.push('server must be an https URL with a host and no user');
  }
  if (typeof proxy === 'string' && proxy !== '' && !isUrl(proxy, ['http:', 'https:', 'socks5:'])) {
    faults.push('proxy-url must be an http, https or socks5 URL with a host and no user');
  }
  if (cluster['insecure-skip-tls-verify'] === true) {
    faults.push('insecure-skip-tls-verify is refused: anybody on the way could read the credentials of consumers');
  }
  return faults;
}

/** A user in a URL is half a credential. */
function isUrl(text: string, protocols: readonly string[]): boolean {
  if (!/^[a-z0-9]+:\/\/[^/?#]/.test(text) || !URL.canParse(text)) return false;
  const { protocol, host, username, password } = new URL(text);
  return protocols.includes(protocol) && host !== '' && username === '' && password === '';
}

function extensionFaults({ extensions }: JsonObject): readonly string[] {
  return (isJsonList(extensions) ? extensions : []).flatMap((entry, index): readonly string[] => {
    const payload = isJsonObject(entry) ? entry['extension'] : undefined;
    const name = textAt(entry, 'name');
    const field = `extensions[${index}].extension`;
    // The KEP has a list here, and the schema of extensions takes objects only.
    if (name === ARGUMENTS) return [`${field}: additional arguments can be in no ClusterProfile`];
    if (name !== ENVIRONMENT || isVariables(payload)) return [];
    return [`${field} must be a map from names of variables to strings`];
  });
}

function isVariables(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false;
  return Object.entries(value).every(([name, text]) => VARIABLE_NAME.test(name) && typeof text === 'string');
}
