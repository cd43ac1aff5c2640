import { MEMBER_ID_LABEL } from '../../kube/domain.ts';
import { stringifyJson } from '../../kube/json.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { WrittenProfile } from '../../members/sources/index.ts';
import {
  ACCESS_CLUSTER_ANNOTATION,
  ACCESS_PROVIDER_ANNOTATION,
  CONTEXT_ANNOTATION,
  DISPLAY_NAME_ANNOTATION,
  profileOfObject,
} from '../../members/sources/index.ts';
import { UsageError } from '../exit.ts';
import { FIELD_MANAGER } from '../install/names.ts';
import type { ProfileWords } from '../program/profile-words.ts';
import { judgeProfile } from '../serve/profile-settings.ts';

type Setting = 'displayName' | 'memberId' | 'accessProvider' | 'accessCluster';

interface Place {
  readonly setting: Setting;
  readonly field: 'labels' | 'annotations';
  readonly key: string;
}

/** Where each setting lies on a Secret that registers a member. */
const PLACES: readonly Place[] = [
  { setting: 'displayName', field: 'annotations', key: DISPLAY_NAME_ANNOTATION },
  { setting: 'memberId', field: 'labels', key: MEMBER_ID_LABEL },
  { setting: 'accessProvider', field: 'annotations', key: ACCESS_PROVIDER_ANNOTATION },
  { setting: 'accessCluster', field: 'annotations', key: ACCESS_CLUSTER_ANNOTATION },
];

type Texts = Readonly<Record<string, string>>;

/** Labels and annotations that say something of the profiles of a member. */
export interface ProfileMetadata {
  readonly labels: Texts;
  readonly annotations: Texts;
}

/** What is to become of the settings of one member; a setting that is not named stays as it is. */
export interface ProfileChange {
  readonly set: Partial<Record<Setting, string>>;
  readonly removed: readonly Setting[];
}

/** Throws UsageError for what the server would leave out. */
export function profileChange(words: ProfileWords): ProfileChange {
  const { displayName, memberId, provider, providerCluster } = words;
  const said: readonly (readonly [Setting, string | undefined])[] = [
    ['displayName', displayName],
    ['memberId', memberId],
    ['accessProvider', provider === false ? undefined : provider?.join(',')],
    ['accessCluster', providerCluster],
  ];
  const set: Partial<Record<Setting, string>> = provider === false ? { accessProvider: '' } : {};
  const removed: Setting[] = [];
  for (const [setting, text] of said) {
    if (text === '') removed.push(setting);
    else if (text !== undefined) set[setting] = text;
  }
  const faults = judgeProfile(set).faults.map(({ message }) => message);
  if (faults.length > 0) throw new UsageError(faults.join('; '));
  return { set, removed };
}

/** Whether anything is said at all. */
export function saysProfile({ displayName, memberId, provider, providerCluster }: ProfileWords): boolean {
  return [displayName, memberId, provider, providerCluster].some((word) => word !== undefined);
}

/**
 * What of the settings belongs into an apply of the Secret: what is set, and what an earlier apply of ours has set, because
 * what an apply leaves out goes. What others wrote on it stays by itself, and theirs. `inKubeconfig` is what the kubeconfig
 * says that is replaced, which counts where the Secret itself says nothing.
 */
export function appliedProfile(
  change: ProfileChange,
  present: JsonObject | undefined,
  inKubeconfig: WrittenProfile | undefined,
): ProfileMetadata {
  const kept = present === undefined ? {} : { ...textsOf(present, inKubeconfig), ...ownSettings(present) };
  const settings: Partial<Record<Setting, string>> = { ...kept, ...change.set };
  const texts = (field: Place['field']): Texts =>
    Object.fromEntries(
      PLACES.flatMap((place): readonly (readonly [string, string])[] => {
        const text = settings[place.setting];
        const isHere = place.field === field && text !== undefined && !change.removed.includes(place.setting);
        return isHere ? [[place.key, text]] : [];
      }),
    );
  return { labels: texts('labels'), annotations: texts('annotations') };
}

/**
 * A merge patch for what is to go and is still there, because somebody else wrote it; undefined: nothing. A context that was
 * chosen of the kubeconfig before goes with it.
 */
export function removalPatch(change: ProfileChange, after: JsonObject): JsonObject | undefined {
  const unwanted: readonly Pick<Place, 'field' | 'key'>[] = [
    ...PLACES.filter(({ setting }) => change.removed.includes(setting)),
    { field: 'annotations', key: CONTEXT_ANNOTATION },
  ];
  const left = unwanted.filter(({ field, key }) => textAt(after, 'metadata', field, key) !== undefined);
  if (left.length === 0) return undefined;
  const nulls = (wanted: Place['field']): JsonObject =>
    Object.fromEntries(left.filter(({ field }) => field === wanted).map(({ key }) => [key, null]));
  return { metadata: { labels: nulls('labels'), annotations: nulls('annotations') } };
}

function ownSettings(secret: JsonObject): Partial<Record<Setting, string>> {
  const own: Partial<Record<Setting, string>> = {};
  for (const { setting, field, key } of PLACES) {
    const text = textAt(secret, 'metadata', field, key);
    if (text !== undefined && isOwn(secret, field, key)) own[setting] = text;
  }
  return own;
}

/** Whether the last apply of ours has set it. */
function isOwn({ metadata }: JsonObject, field: Place['field'], key: string): boolean {
  const entries = objectOf(metadata)['managedFields'];
  return (isJsonList(entries) ? entries : []).map(objectOf).some((entry) => {
    if (entry['manager'] !== FIELD_MANAGER || entry['operation'] !== 'Apply') return false;
    const fields = objectOf(objectOf(entry['fieldsV1'])['f:metadata']);
    return objectOf(fields[`f:${field}`])[`f:${key}`] !== undefined;
  });
}

/** The settings of a kubeconfig, as texts of the Secret. */
function textsOf(secret: JsonObject, written: WrittenProfile | undefined): Partial<Record<Setting, string>> {
  if (profileOfObject(secret) !== undefined) return {};
  const texts: Partial<Record<Setting, string>> = {};
  for (const { setting } of PLACES) {
    const value = objectOf(written)[setting];
    if (value !== undefined && value !== null) texts[setting] = textOf(value);
  }
  return texts;
}

function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return isJsonList(value) ? value.map(textOf).join(',') : stringifyJson(value);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
