import type { ClusterId } from '../../kube/cluster-id.ts';
import { describeAge } from '../conflict-message.ts';
import type { ConflictReason } from '../conflict-reason.ts';
import type { PropertyMerge, ServiceMerge } from '../merge.ts';
import { CLUSTERS_SHOWN_MAX, omittedCount } from './limits.ts';
import { declaredValue, valueInForce } from './property-values.ts';

export interface DifferingValue {
  readonly cluster: ClusterId;
  /** What this export declares. */
  readonly value: string;
}

/** One property: what is in force, whose it is and why, and who declares something else. */
export interface ValueProvenance {
  readonly field: string;
  /** The reason of the Conflict condition for a disagreement about it. */
  readonly reason: ConflictReason;
  readonly conflicting: boolean;
  readonly value: string;
  readonly setBy: ClusterId;
  readonly because: string;
  readonly differing: readonly DifferingValue[];
  readonly differingOmitted: number | undefined;
}

/** Every property in the canonical order, agreed ones too. */
export function explainValues(merge: ServiceMerge): readonly ValueProvenance[] {
  const byCluster = new Map(merge.constituents.map((constituent) => [constituent.cluster, constituent]));
  const differingValues = ({ reason, differing }: PropertyMerge): readonly DifferingValue[] =>
    differing.slice(0, CLUSTERS_SHOWN_MAX).flatMap((cluster) => {
      const constituent = byCluster.get(cluster);
      return constituent === undefined ? [] : [{ cluster, value: declaredValue(reason, constituent) }];
    });
  return merge.properties.map((property) => ({
    field: property.field,
    reason: property.reason,
    conflicting: property.conflicting,
    value: valueInForce(property.reason, merge),
    setBy: property.setBy,
    because: describeAge(property.setBy, merge),
    differing: differingValues(property),
    differingOmitted: omittedCount(property.differing, CLUSTERS_SHOWN_MAX),
  }));
}
