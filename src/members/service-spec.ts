import { DOMAIN } from '../kube/domain.ts';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { isDnsLabel, isQualifiedName } from './object-metadata.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const IP_FAMILIES = ['IPv4', 'IPv6'];
const WORD = /^[A-Za-z]{1,63}$/;

/** Whole-value properties that are plain words in core/v1. */
const WORD_FIELDS = ['type', 'sessionAffinity', 'internalTrafficPolicy', 'ipFamilyPolicy'];

/** Stands for any selector: rules ask only whether there is one. */
const SELECTOR_MARK: JsonObject = { [`${DOMAIN}/present`]: 'true' };

/**
 * The fields of a Service's spec that the rules of KEP-1645 read. An allocated clusterIP is left out (only the literal
 * "None" means something elsewhere), and a selector is kept as a mark: so nearly all specs of a cluster become equal and
 * are kept once.
 */
export function cutServiceSpec(spec: unknown): Outcome<JsonObject, string> {
  if (!isJsonObject(spec)) return failed('spec is missing');
  const ports = cutPorts(spec['ports']);
  if (!ports.ok) return ports;
  const words = cutWords(spec);
  if (!words.ok) return words;
  const { ipFamilies, sessionAffinityConfig } = spec;
  if (isPresent(ipFamilies) && !isListOfWords(ipFamilies, IP_FAMILIES)) return failed('spec.ipFamilies is malformed');
  if (isPresent(sessionAffinityConfig) && !isJsonObject(sessionAffinityConfig)) {
    return failed('spec.sessionAffinityConfig is not an object');
  }
  return succeeded(
    withoutAbsent({
      ...words.value,
      clusterIP: spec['clusterIP'] === 'None' ? 'None' : undefined,
      ports: ports.value,
      selector: hasSelector(spec['selector']) ? SELECTOR_MARK : undefined,
      sessionAffinityConfig,
      ipFamilies,
    }),
  );
}

function cutWords(spec: JsonObject): Outcome<JsonObject, string> {
  const words: Record<string, string> = {};
  for (const field of WORD_FIELDS) {
    const value = spec[field];
    if (!isPresent(value)) continue;
    if (typeof value !== 'string' || !WORD.test(value)) return failed(`spec.${field} is malformed`);
    words[field] = value;
  }
  const distribution = spec['trafficDistribution'];
  if (!isPresent(distribution)) return succeeded(words);
  // Implementations may define values of their own, with a DNS prefix.
  if (!isQualifiedName(distribution)) return failed('spec.trafficDistribution is malformed');
  return succeeded({ ...words, trafficDistribution: distribution });
}

function cutPorts(ports: unknown): Outcome<readonly JsonObject[] | undefined, string> {
  if (!isPresent(ports)) return succeeded(undefined);
  if (!Array.isArray(ports)) return failed('spec.ports is not a list');
  const cut: JsonObject[] = [];
  for (const port of ports) {
    const one = cutPort(port);
    if (one === undefined) return failed(`spec.ports[${cut.length}] is malformed`);
    cut.push(one);
  }
  return succeeded(cut);
}

function cutPort(port: unknown): JsonObject | undefined {
  if (!isJsonObject(port)) return undefined;
  const name = textOrAbsent(port['name']);
  const protocol = textOrAbsent(port['protocol']);
  const { port: number, appProtocol } = port;
  const isLegal =
    isPortNumber(number) &&
    isAbsentOr(name, isDnsLabel) &&
    isAbsentOr(protocol, (value) => isOneOf(value, PROTOCOLS)) &&
    isAbsentOr(appProtocol, isQualifiedName);
  return isLegal ? withoutAbsent({ name, protocol, port: number, appProtocol }) : undefined;
}

function isPortNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function isAbsentOr(value: unknown, isLegal: (value: unknown) => boolean): boolean {
  return !isPresent(value) || isLegal(value);
}

/** Absent, null and '' mean the same for a port's name and protocol. */
function textOrAbsent(value: JsonValue | undefined): JsonValue | undefined {
  return value === '' || value === null ? undefined : value;
}

function withoutAbsent(fields: JsonObject): JsonObject {
  const present: Record<string, JsonValue> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (isPresent(value)) present[field] = value;
  }
  return present;
}

function hasSelector(selector: unknown): boolean {
  return isJsonObject(selector) && Object.keys(selector).length > 0;
}

function isPresent<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  return typeof value === 'string' && words.includes(value);
}

function isListOfWords(value: unknown, words: readonly string[]): boolean {
  return Array.isArray(value) && value.every((item) => isOneOf(item, words));
}
