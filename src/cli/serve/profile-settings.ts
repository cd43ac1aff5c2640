import type { ProfileSettings, SettingFault } from '../../clusterset/index.ts';
import { MEMBER_ID_LABEL } from '../../kube/domain.ts';
import { labelValueFaults } from '../../kube/label-syntax.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import { isJsonList, isJsonObject } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import type { WrittenProfile } from '../../members/sources/index.ts';
import { publishedClusterFaults } from '../../resources/index.ts';

/** The plugin of the Cluster Inventory API that reads a kubeconfig from a Secret; consumers know it under this name. */
export const KUBECONFIG_READER = 'kubeconfig-secretreader';

/** Said in the log. */
export const SETTING_LEFT_OUT = 'a setting for the profile of a member was left out';

/** Code points of a display name given at registration; the field itself has no limit. */
const DISPLAY_NAME_CODE_POINTS_MAX = 253;
/** Code points of the name of an access provider (ClusterProfile v1alpha2). */
const PROVIDER_CODE_POINTS_MAX = 253;
/** Names under which the way to one member is published; each repeats its address and certificates. */
const MEMBER_PROVIDERS_MAX = 4;
/** JSON of what is put over the `cluster` of an access provider; certificates are the most of it. */
const CLUSTER_BYTES_MAX = 64 * 1024;
/** Faults of one setting that are told; the rest is counted. */
const FAULTS_SHOWN_MAX = 3;
/** Characters of the name of a setting that nobody knows. */
const FIELD_CHARACTERS_SHOWN_MAX = 63;

/** What was said of the profiles of a member, without what cannot be used, which `faults` tell. */
export interface JudgedProfile extends ProfileSettings {
  readonly memberId: string | undefined;
  /** Names of its access providers. Undefined: as configured for all members; [] publishes none. */
  readonly accessProviders: readonly string[] | undefined;
  readonly accessCluster: JsonObject;
}

export const NOTHING_SAID: JudgedProfile = {
  isGiven: false,
  ...{ displayName: undefined, memberId: undefined, accessProviders: undefined },
  accessCluster: {},
  faults: [],
};

type Reading<T> = Outcome<T, string>;

const FIELDS: ReadonlySet<string> = new Set(['displayName', 'memberId', 'accessProvider', 'accessCluster']);

/** Takes each setting by itself: a bad one does not keep a good one from being used. */
export function judgeProfile(written: WrittenProfile | undefined): JudgedProfile {
  if (written === undefined) return NOTHING_SAID;
  if (!isJsonObject(written)) {
    const fault: SettingFault = { reason: 'InvalidSettings', message: 'what profiles are to say must be an object' };
    return { ...NOTHING_SAID, isGiven: true, faults: [fault] };
  }
  const faults: SettingFault[] = [];
  const take = <T>(
    value: JsonValue | undefined,
    reason: SettingFault['reason'],
    read: (value: JsonValue) => Reading<T>,
  ): T | undefined => {
    if (value === undefined || value === null) return undefined;
    const reading = read(value);
    if (reading.ok) return reading.value;
    faults.push({ reason, message: reading.error });
    return undefined;
  };
  const judged = {
    displayName: take(written['displayName'], 'InvalidDisplayName', readDisplayName),
    memberId: take(written['memberId'], 'InvalidMemberID', readMemberId),
    accessProviders: take(written['accessProvider'], 'InvalidAccessProvider', readAccessProviders),
    accessCluster: take(written['accessCluster'], 'InvalidAccessCluster', readAccessCluster) ?? {},
  };
  return { ...judged, isGiven: true, faults: [...faults, ...unknownFaults(written)] };
}

function readDisplayName(value: JsonValue): Reading<string> {
  if (typeof value !== 'string' || value === '') return failed('display name must be a text that is not empty');
  if (Array.from(value).length > DISPLAY_NAME_CODE_POINTS_MAX) {
    return failed(`display name is longer than ${DISPLAY_NAME_CODE_POINTS_MAX} characters`);
  }
  return isPrintable(value) ? succeeded(value) : failed('display name must be one line without control characters');
}

function readMemberId(value: JsonValue): Reading<string> {
  if (typeof value !== 'string' || value === '') return failed(`member id (${MEMBER_ID_LABEL}) must not be empty`);
  const [fault] = labelValueFaults(value);
  return fault === undefined ? succeeded(value) : failed(`member id (${MEMBER_ID_LABEL}) is no label value: ${fault}`);
}

/** A list, or its names in one text with commas between them. */
function readAccessProviders(value: JsonValue): Reading<readonly string[]> {
  const names = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value;
  if (!isJsonList(names)) return failed('name of the access provider must be a text, or a list of texts');
  if (names.length === 1 && names[0] === '') return succeeded([]);
  if (names.length > MEMBER_PROVIDERS_MAX)
    return failed(`there are more than ${MEMBER_PROVIDERS_MAX} access providers`);
  const read: string[] = [];
  for (const name of names) {
    const reading = readProviderName(name);
    if (!reading.ok) return reading;
    if (read.includes(reading.value)) return failed(`access provider "${reading.value}" is named twice`);
    read.push(reading.value);
  }
  return succeeded(read);
}

function readProviderName(value: JsonValue): Reading<string> {
  if (typeof value !== 'string' || value === '') {
    return failed('name of the access provider must be a text that is not empty');
  }
  if (Array.from(value).length > PROVIDER_CODE_POINTS_MAX) {
    return failed(`name of the access provider is longer than ${PROVIDER_CODE_POINTS_MAX} characters`);
  }
  if (!isPrintable(value)) return failed('name of the access provider must be one line without control characters');
  // Its plugin would look for a kubeconfig where there is none.
  if (value === KUBECONFIG_READER) {
    return failed(`access provider "${KUBECONFIG_READER}" is published by profiles.kubeconfigSecretReader only`);
  }
  return succeeded(value);
}

function readAccessCluster(value: JsonValue): Reading<JsonObject> {
  const cluster = typeof value === 'string' ? parsed(value) : value;
  if (!isJsonObject(cluster)) return failed('cluster of the access provider must be a JSON object');
  if (Buffer.byteLength(JSON.stringify(cluster)) > CLUSTER_BYTES_MAX) {
    return failed(`cluster of the access provider has more than ${CLUSTER_BYTES_MAX} bytes`);
  }
  const faults = publishedClusterFaults(cluster);
  return faults.length === 0 ? succeeded(cluster) : failed(`cluster of the access provider: ${listed(faults)}`);
}

/** Of a text that is longer than any that could be used, nothing is read. */
function parsed(text: string): JsonValue | undefined {
  if (Buffer.byteLength(text) > 2 * CLUSTER_BYTES_MAX) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function unknownFaults(written: JsonObject): readonly SettingFault[] {
  const unknown = Object.keys(written)
    .filter((field) => !FIELDS.has(field))
    .map((field) => `"${field.slice(0, FIELD_CHARACTERS_SHOWN_MAX)}"`);
  if (unknown.length === 0) return [];
  return [{ reason: 'InvalidSettings', message: `there is no setting ${listed(unknown)}` }];
}

function listed(texts: readonly string[]): string {
  const more = texts.length - FAULTS_SHOWN_MAX;
  return [...texts.slice(0, FAULTS_SHOWN_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function isPrintable(text: string): boolean {
  return !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);
}
