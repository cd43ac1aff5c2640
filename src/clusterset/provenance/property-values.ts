import { stringifyJson } from '../../kube/json.ts';
import { compareText, type JsonObject } from '../../kube/object.ts';
import type { ConflictReason } from '../conflict-reason.ts';
import type { Constituent } from '../constituent.ts';
import type { ServiceMerge } from '../merge.ts';
import { listSome } from '../message-text.ts';
import { describePort, type ServicePort } from '../service-port.ts';
import { affinityOf, affinityTimeoutSeconds, policyOf } from '../whole-value.ts';
import { ENTRIES_SHOWN_MAX, PORTS_SHOWN_MAX, shownValue } from './limits.ts';

const NONE = 'none';

/** The value of a property in the ServiceImport, as text. */
export function valueInForce(reason: ConflictReason, merge: ServiceMerge): string {
  const { ports, families, metadata, winner } = merge;
  switch (reason) {
    case 'PortConflict':
      return shownValue(portsText(ports.ports.map(({ port }) => port)));
    case 'IPFamilyConflict':
      return familiesText(families.families);
    case 'LabelsConflict':
      return shownValue(mapText(metadata.labels));
    case 'AnnotationsConflict':
      return shownValue(mapText(metadata.annotations));
    default:
      return declaredValue(reason, winner);
  }
}

/** The value that one export declares, before anything is merged or left out. */
export function declaredValue(reason: ConflictReason, constituent: Constituent): string {
  return shownValue(DECLARED_TEXTS[reason](constituent));
}

const DECLARED_TEXTS: Readonly<Record<ConflictReason, (constituent: Constituent) => string>> = {
  PortConflict: ({ service }) => portsText(service.ports),
  TypeConflict: ({ service }) => service.type,
  SessionAffinityConflict: affinityOf,
  SessionAffinityConfigConflict: affinityConfigText,
  InternalTrafficPolicyConflict: policyOf,
  TrafficDistributionConflict: ({ service }) => service.trafficDistribution ?? NONE,
  IPFamilyConflict: ({ families }) => familiesText(families),
  LabelsConflict: ({ exportedLabels }) => mapText(exportedLabels),
  AnnotationsConflict: ({ exportedAnnotations }) => mapText(exportedAnnotations),
};

export function portsText(ports: readonly ServicePort[]): string {
  return listSome(ports.map(describePort), PORTS_SHOWN_MAX) || NONE;
}

/** The timeout counts under ClientIP only; anything else is shown as it was written. */
function affinityConfigText(constituent: Constituent): string {
  if (affinityOf(constituent) === 'ClientIP') return `clientIP.timeoutSeconds ${affinityTimeoutSeconds(constituent)}`;
  const { sessionAffinityConfig } = constituent.service;
  return sessionAffinityConfig === undefined ? NONE : stringifyJson(sessionAffinityConfig);
}

function familiesText(families: readonly string[] | undefined): string {
  return families === undefined || families.length === 0 ? NONE : families.join(', ');
}

function mapText(map: JsonObject): string {
  const entries = Object.keys(map)
    .sort(compareText)
    .slice(0, ENTRIES_SHOWN_MAX)
    .map((key) => shownValue(`${key}=${entryText(map[key])}`));
  const rest = Object.keys(map).length - entries.length;
  return rest === 0 ? entries.join(', ') || NONE : `${entries.join(', ')} and ${rest} more`;
}

function entryText(value: unknown): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}
