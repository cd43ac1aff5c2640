import { type FieldCause, fieldForbidden } from '../../../kube/api-errors.ts';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../../../kube/object.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';

/** Levels of objects and lists in one entry; whatever is deeper is no profile of anybody, and not looked through. */
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
/** The end of a name of an environment variable whose value is a secret: `AWS_SECRET_ACCESS_KEY`, `API_TOKEN`. */
const SECRET_VARIABLE = /(?:^|_)(?:TOKEN|PASSWORD|PASSWD|SECRET|ACCESS_KEY|API_KEY|PRIVATE_KEY|CLIENT_KEY(?:_DATA)?)$/;
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;
/** An argument that holds a secret itself; `--token-file=` holds a place. */
const SECRET_ARGUMENT = /^--?(?:[a-z]+-)*(?:token|password|secret|private-key|access-key|api-key|client-key)=./i;
/** `https://user:password@host`. */
const PASSWORD_IN_URL = /[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:]*:[^\s/?#@]+@/i;
/** Keys whose value is a URL that needs no user at all. */
const URL_KEYS: ReadonlySet<string> = new Set(['server', 'proxy-url', 'proxyURL']);
const USER_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i;
const LISTS = ['accessProviders', 'credentialProviders', 'properties'] as const;

/** Everybody who sees profiles could read them (KEP-4322 §Security). What was found is never repeated. */
export const noCredentials: AdmissionRule = {
  name: 'no-credentials',
  operations: ['CREATE', 'UPDATE'],
  subresources: ['', 'status'],
  effects: ['deny'],
  evaluate: (request) => {
    const { status } = subjectOf(request);
    return denyFor(isJsonObject(status) ? credentialFaults(status) : []);
  },
};

/** Where in the status of a profile there is what looks like a credential. */
export function credentialFaults(status: JsonObject): readonly FieldCause[] {
  return LISTS.flatMap((name) => faultsIn(status[name], `status.${name}`));
}

function faultsIn(list: JsonValue | undefined, field: string): readonly FieldCause[] {
  if (!isJsonList(list)) return [];
  return list.flatMap((item, index) => {
    const path = secretPath(item, `${field}[${index}]`, 0);
    if (path === undefined) return [];
    const detail = path.isTooDeep ? TOO_DEEP : 'looks like a credential; publish a reference instead';
    return [fieldForbidden(path.field, detail)];
  });
}

const TOO_DEEP = `has more than ${DEPTH_MAX} levels, too many to be looked through for credentials`;

interface Found {
  /** The place; itself it tells nothing of the credential. */
  readonly field: string;
  readonly isTooDeep: boolean;
}

/** Where the first credential is, or what cannot be looked through. */
function secretPath(value: JsonValue | undefined, field: string, depth: number): Found | undefined {
  if (typeof value === 'string') return isSecretText(value) ? { field, isTooDeep: false } : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > DEPTH_MAX) return { field, isTooDeep: true };
  if (isJsonList(value))
    return firstOf(
      value.map((item, index) => [item, `${field}[${index}]`] as const),
      depth,
    );
  const secret = Object.entries(value).find(([key, item]) => isSecretEntry(key, item));
  if (secret !== undefined) return { field: `${field}.${secret[0]}`, isTooDeep: false };
  const { name } = value;
  if (typeof name === 'string' && isSecretEntry(name, value['value'])) return { field, isTooDeep: false };
  return firstOf(
    Object.entries(value).map(([key, item]) => [item, `${field}.${key}`] as const),
    depth,
  );
}

function firstOf(parts: readonly (readonly [JsonValue | undefined, string])[], depth: number): Found | undefined {
  for (const [value, field] of parts) {
    const found = secretPath(value, field, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSecretEntry(key: string, value: JsonValue | undefined): boolean {
  if (URL_KEYS.has(key)) return typeof value === 'string' && USER_IN_URL.test(value);
  return isSecretKey(key) && holdsPlainValue(value);
}

/** An object below such a key may be a reference, and is looked through. */
function holdsPlainValue(value: JsonValue | undefined): boolean {
  if (isJsonList(value)) return value.some(holdsPlainValue);
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}

/** Certificate authorities are base64 of PEM, and so a private key may be. */
function isSecretText(text: string): boolean {
  if ([SECRET_TEXT, SECRET_ARGUMENT, PASSWORD_IN_URL].some((pattern) => pattern.test(text))) return true;
  const isBase64 = /^LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]*$/.test(text);
  return isBase64 && Buffer.from(text, 'base64').toString('latin1').includes('PRIVATE KEY');
}

function isSecretKey(key: string): boolean {
  if (VARIABLE.test(key) && SECRET_VARIABLE.test(key)) return true;
  return SECRET_KEYS.has(key.toLowerCase().replaceAll(/[-_.]/g, ''));
}
