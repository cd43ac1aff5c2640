import { type FieldCause, fieldForbidden } from '../../../kube/api-errors.ts';
import { isJsonList, isJsonObject, type JsonValue } from '../../../kube/object.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';

/** Whatever is deeper is no profile of anybody. */
const DEPTH_MAX = 50;
const SECRET_TEXT = /PRIVATE KEY|(^|[^A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{10,}/;
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'token',
  'accesstoken',
  'bearertoken',
  'idtoken',
  'refreshtoken',
  'password',
  'clientkey',
  'clientkeydata',
  'privatekey',
  'secretaccesskey',
  'clientsecret',
]);
const LISTS = ['accessProviders', 'credentialProviders', 'properties'] as const;

/** Everybody who sees profiles could read them (KEP-4322 §Security). What was found is never repeated. */
export const noCredentials: AdmissionRule = {
  name: 'no-credentials',
  operations: ['CREATE', 'UPDATE'],
  subresources: ['', 'status'],
  effects: ['deny'],
  evaluate: (request) => {
    const { status } = subjectOf(request);
    if (!isJsonObject(status)) return denyFor([]);
    return denyFor(LISTS.flatMap((name) => faultsIn(status[name], `status.${name}`)));
  },
};

function faultsIn(list: JsonValue | undefined, field: string): readonly FieldCause[] {
  if (!isJsonList(list)) return [];
  return list.flatMap((item, index) => {
    const path = secretPath(item, `${field}[${index}]`, 0);
    return path === undefined ? [] : [fieldForbidden(path, 'looks like a credential; publish a reference instead')];
  });
}

/** Where the first credential is; the place itself tells nothing of it. */
function secretPath(value: JsonValue | undefined, path: string, depth: number): string | undefined {
  if (depth > DEPTH_MAX) return undefined;
  if (typeof value === 'string') return isSecretText(value) ? path : undefined;
  if (isJsonList(value))
    return firstOf(
      value.map((item, index) => [item, `${path}[${index}]`] as const),
      depth,
    );
  if (!isJsonObject(value)) return undefined;
  const secret = Object.entries(value).find(
    ([key, item]) => isSecretKey(key) && typeof item === 'string' && item !== '',
  );
  if (secret !== undefined) return `${path}.${secret[0]}`;
  const name = value['name'];
  const named = typeof name === 'string' && isSecretKey(name) && typeof value['value'] === 'string';
  if (named) return path;
  return firstOf(
    Object.entries(value).map(([key, item]) => [item, `${path}.${key}`] as const),
    depth,
  );
}

function firstOf(parts: readonly (readonly [JsonValue | undefined, string])[], depth: number): string | undefined {
  for (const [value, path] of parts) {
    const found = secretPath(value, path, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Certificate authorities are base64 of PEM, and so a private key may be. */
function isSecretText(text: string): boolean {
  if (SECRET_TEXT.test(text)) return true;
  const isBase64 = /^LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]*$/.test(text);
  return isBase64 && Buffer.from(text, 'base64').toString('latin1').includes('PRIVATE KEY');
}

function isSecretKey(key: string): boolean {
  return SECRET_KEYS.has(key.toLowerCase().replaceAll(/[-_.]/g, ''));
}
