import { deepEqual } from '../../kube/deep-equal.ts';
import type { JsonObject } from '../../kube/object.ts';
import { formatTime } from '../../kube/time.ts';
import type { ProfileFacts } from './profile-facts.ts';
import { type PropertySelection, type PropertyValue, selectProperties } from './profile-properties.ts';
import {
  HEALTHY_CONDITION,
  healthVerdict,
  IDENTITY_CONDITION,
  identityVerdict,
  judgeJoined,
  joinedVerdict,
  leavingVerdict,
  propertiesVerdict,
  PROPERTIES_CONDITION,
  SETTINGS_CONDITION,
  settingsVerdict,
  type Verdict,
} from './profile-verdicts.ts';

export interface ShownCondition extends Verdict {
  readonly lastTransitionTime: string;
}

export interface ShownProperty extends PropertyValue {
  readonly lastObservedTime: string | undefined;
}

/** What this server itself says in the status of a profile. */
export interface ShownState {
  readonly version: string | undefined;
  readonly properties: readonly ShownProperty[];
  readonly conditions: readonly ShownCondition[];
  readonly accessProviders: readonly JsonObject[];
  /** `credentialProviders` has the same entries. */
  readonly isMirrored: boolean;
}

/** The entries of ours in `credentialProviders`: exactly those in `accessProviders`, or none. */
export function mirroredProviders({ accessProviders, isMirrored }: ShownState): readonly JsonObject[] {
  return isMirrored ? accessProviders : [];
}

/** The same without times: two equal ones are the same news. */
interface Content {
  readonly version: string | undefined;
  readonly properties: readonly PropertyValue[];
  readonly verdicts: readonly Verdict[];
  readonly accessProviders: readonly JsonObject[];
  readonly isMirrored: boolean;
}

export const NOTHING_SHOWN: ShownState = {
  version: undefined,
  properties: [],
  conditions: [],
  accessProviders: [],
  isMirrored: false,
};

export interface ShowingOptions {
  readonly selection: PropertySelection;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** The profile is being deleted. */
  readonly isLeaving: boolean;
}

/**
 * What is to be shown after `before`, given the facts as they are now. The very same `before` where nothing is different
 * but time: times move only together with something else.
 */
export function nextShown(before: ShownState, facts: ProfileFacts, options: ShowingOptions): ShownState {
  const content = contentOf(before, facts, options);
  if (deepEqual(content, withoutTimes(before))) return before;
  const now = formatTime(options.nowMs);
  const contact =
    facts.lastContactMs === undefined ? undefined : formatTime(Math.min(facts.lastContactMs, options.nowMs));
  const observed = isObserved(facts) ? contact : undefined;
  const propertiesBefore = new Map(before.properties.map((property) => [property.name, property]));
  const conditionsBefore = new Map(before.conditions.map((condition) => [condition.type, condition]));
  return {
    version: content.version,
    properties: content.properties.map(({ name, value }) => ({
      name,
      value,
      lastObservedTime: laterTime(timeOf(propertiesBefore.get(name), value), observed),
    })),
    conditions: content.verdicts.map((verdict) => {
      const known = conditionsBefore.get(verdict.type);
      return { ...verdict, lastTransitionTime: known?.status === verdict.status ? known.lastTransitionTime : now };
    }),
    accessProviders: content.accessProviders,
    isMirrored: content.isMirrored,
  };
}

function contentOf(before: ShownState, given: ProfileFacts, { selection, isLeaving }: ShowingOptions): Content {
  const verdictsBefore = withoutTimes(before).verdicts;
  const facts = judgeJoined(given, verdictsBefore);
  const isOurs = facts.joined === 'registered';
  const selected = isOurs && facts.properties !== undefined ? selectProperties(facts.properties, selection) : undefined;
  const known = (type: string): Verdict | undefined => verdictsBefore.find((verdict) => verdict.type === type);
  const verdicts = [
    healthVerdict(facts, known(HEALTHY_CONDITION)),
    isLeaving ? leavingVerdict() : joinedVerdict(facts),
    identityVerdict(facts, known(IDENTITY_CONDITION)),
    settingsVerdict(facts, known(SETTINGS_CONDITION)),
    propertiesVerdict(facts, { selected, before: known(PROPERTIES_CONDITION) }),
  ];
  const accessProviders = providersOf(facts, before, isLeaving);
  return {
    version: (isOurs ? facts.version : undefined) ?? before.version,
    properties: selected?.properties ?? before.properties.map(({ name, value }) => ({ name, value })),
    verdicts: verdicts.filter((verdict) => verdict !== undefined),
    accessProviders,
    // Where there is nothing to mirror the setting makes no difference, and so no news.
    isMirrored: facts.isMirrored && accessProviders.length > 0,
  };
}

/**
 * While the member leaves or its registration cannot be read, what was known stays. None lead to another cluster that
 * answers at its address.
 */
function providersOf(
  { joined, accessProviders }: ProfileFacts,
  before: ShownState,
  isLeaving: boolean,
): readonly JsonObject[] {
  if (joined === 'identityMismatch') return [];
  if (accessProviders === undefined || isLeaving) return before.accessProviders;
  return accessProviders.map(({ name, cluster }): JsonObject => ({ name, cluster }));
}

/** Whether the last contact with the member also confirmed its properties. */
function isObserved({ joined, properties, isForbiddenProperties }: ProfileFacts): boolean {
  return joined === 'registered' && properties !== undefined && isForbiddenProperties === false;
}

function withoutTimes({ version, properties, conditions, accessProviders, isMirrored }: ShownState): Content {
  return {
    version,
    properties: properties.map(({ name, value }) => ({ name, value })),
    verdicts: conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
    ...{ accessProviders, isMirrored },
  };
}

/** A new value begins anew. */
function timeOf(before: ShownProperty | undefined, value: string): string | undefined {
  return before?.value === value ? before.lastObservedTime : undefined;
}

/** RFC 3339 in UTC with whole seconds sorts as text. */
function laterTime(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
