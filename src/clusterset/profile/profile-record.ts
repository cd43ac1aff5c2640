import { isJsonList, isJsonObject, type JsonObject, type JsonValue, textAt } from '../../kube/object.ts';
import type { ShownCondition, ShownProperty, ShownState } from './shown-state.ts';

/** What other writers keep in a profile. */
export interface ProfileOverlay {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly ownerReferences: readonly JsonObject[];
  readonly conditions: readonly JsonObject[];
  readonly accessProviders: readonly JsonObject[];
  readonly credentialProviders: readonly JsonObject[];
  readonly properties: readonly JsonObject[];
}

export const NO_OVERLAY: ProfileOverlay = {
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  conditions: [],
  accessProviders: [],
  credentialProviders: [],
  properties: [],
};

/** One profile as it is kept over restarts: nothing in it can be computed anew. */
export interface ProfileRecord {
  readonly namespace: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly generation: number;
  /** Name of the cluster manager; another one means another object. */
  readonly manager: string;
  readonly displayName: string | undefined;
  /** What the registration gave as display name when it was last taken from there. */
  readonly givenDisplayName: string | undefined;
  /** Given once, then never changed. */
  readonly memberId: string | undefined;
  readonly deletionTimestamp: string | undefined;
  /** Under which the object was served last; undefined while it is about to change. */
  readonly resourceVersion: string | undefined;
  readonly overlay: ProfileOverlay;
  readonly shown: ShownState;
}

/** The profiles of one member out of JSON; undefined if it is not what `JSON.stringify` made of such records. */
export function parseProfileRecords(value: unknown): readonly ProfileRecord[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const records = value.map(parseRecord);
  return records.every((record) => record !== undefined) ? records : undefined;
}

function parseRecord(value: unknown): ProfileRecord | undefined {
  const [namespace, uid] = [textAt(value, 'namespace'), textAt(value, 'uid')];
  const [creationTimestamp, manager] = [textAt(value, 'creationTimestamp'), textAt(value, 'manager')];
  if (!isJsonObject(value) || namespace === undefined || uid === undefined) return undefined;
  if (creationTimestamp === undefined || manager === undefined) return undefined;
  const { generation } = value;
  const overlay = parseOverlay(value['overlay']);
  const shown = parseShown(value['shown']);
  if (typeof generation !== 'number' || overlay === undefined || shown === undefined) return undefined;
  return {
    ...{ namespace, uid, creationTimestamp, generation, manager, overlay, shown },
    displayName: textAt(value, 'displayName'),
    givenDisplayName: textAt(value, 'givenDisplayName'),
    memberId: textAt(value, 'memberId'),
    deletionTimestamp: textAt(value, 'deletionTimestamp'),
    resourceVersion: textAt(value, 'resourceVersion'),
  };
}

function parseOverlay(value: JsonValue | undefined): ProfileOverlay | undefined {
  if (!isJsonObject(value)) return undefined;
  const { finalizers } = value;
  const lists = [
    value['ownerReferences'],
    value['conditions'],
    value['accessProviders'],
    value['credentialProviders'],
    value['properties'],
  ].map(objectsOf);
  const [ownerReferences, conditions, accessProviders, credentialProviders, properties] = lists;
  if (!isTextList(finalizers) || !isTextMap(value['labels']) || !isTextMap(value['annotations'])) return undefined;
  if (ownerReferences === undefined || conditions === undefined || accessProviders === undefined) return undefined;
  if (credentialProviders === undefined || properties === undefined) return undefined;
  return {
    labels: value['labels'],
    annotations: value['annotations'],
    finalizers,
    ...{ ownerReferences, conditions, accessProviders, credentialProviders, properties },
  };
}

function parseShown(value: JsonValue | undefined): ShownState | undefined {
  if (!isJsonObject(value)) return undefined;
  const [properties, conditions] = [objectsOf(value['properties']), objectsOf(value['conditions'])];
  const accessProviders = objectsOf(value['accessProviders']);
  if (properties === undefined || conditions === undefined || accessProviders === undefined) return undefined;
  const shownProperties = properties.map(parseProperty);
  const shownConditions = conditions.map(parseCondition);
  if (!shownProperties.every((one) => one !== undefined)) return undefined;
  if (!shownConditions.every((one) => one !== undefined)) return undefined;
  return {
    version: textAt(value, 'version'),
    properties: shownProperties,
    conditions: shownConditions,
    accessProviders,
    // Records of earlier versions do not say.
    isMirrored: value['isMirrored'] === true,
  };
}

function parseProperty(value: JsonObject): ShownProperty | undefined {
  const [name, text] = [textAt(value, 'name'), textAt(value, 'value')];
  if (name === undefined || text === undefined) return undefined;
  return { name, value: text, lastObservedTime: textAt(value, 'lastObservedTime') };
}

function parseCondition(value: JsonObject): ShownCondition | undefined {
  const [type, reason] = [textAt(value, 'type'), textAt(value, 'reason')];
  const [message, lastTransitionTime] = [textAt(value, 'message'), textAt(value, 'lastTransitionTime')];
  const { status } = value;
  if (status !== 'True' && status !== 'False' && status !== 'Unknown') return undefined;
  if (type === undefined || reason === undefined) return undefined;
  if (message === undefined || lastTransitionTime === undefined) return undefined;
  return { type, status, reason, message, lastTransitionTime };
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] | undefined {
  return isJsonList(value) && value.every(isJsonObject) ? value : undefined;
}

function isTextList(value: JsonValue | undefined): value is readonly string[] {
  return isJsonList(value) && value.every((item) => typeof item === 'string');
}

function isTextMap(value: JsonValue | undefined): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string');
}
