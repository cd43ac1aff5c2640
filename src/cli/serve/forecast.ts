import {
  type ClusterSetView,
  type Consequence,
  predictConsequences,
  type Supposed,
  type SupposedObject,
  type Supposition,
} from '../../clusterset/index.ts';
import { keyOf, type ObjectKey } from '../../kube/object.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberStatus } from '../../kube/member-event.ts';
import { type AdmissionRequest, type PredictConsequences, subjectOf } from '../../resources/index.ts';

export interface ForecastDeps {
  readonly view: Pick<ClusterSetView, 'suppose'>;
  readonly statusOf: (cluster: ClusterId) => MemberStatus | undefined;
  readonly clock: () => number;
}

/** A change of one member that happens now. */
export type ImminentChange = Omit<Supposition, 'nowMs'>;

export interface Forecast extends Supposed {
  readonly consequences: readonly Consequence[];
}

/** What a change would bring about, or undefined when there is no such member. */
export type MakeForecast = (key: ObjectKey, change: ImminentChange) => Forecast | undefined;

/** One computation behind dry runs, writes and simulations, so that they cannot say different things. */
export function createForecast(deps: ForecastDeps): MakeForecast {
  return (key, change) => forecast(deps, { key, change, toldByRules: false, namesOthers: true });
}

/**
 * What admission rules say of consequences: of a Service or, without what they find out themselves, of an export.
 */
export function createPrediction(deps: ForecastDeps): PredictConsequences {
  return (request, { namesOthers }) => {
    const subject = subjectOf(request);
    const toldByRules = subject.kind !== 'Service';
    const made = forecast(deps, { key: keyOf(subject), change: changeOf(request), toldByRules, namesOthers });
    return made?.consequences.map(({ message }) => message) ?? [];
  };
}

interface Asked {
  readonly key: ObjectKey;
  readonly change: ImminentChange;
  readonly toldByRules: boolean;
  readonly namesOthers: boolean;
}

function forecast({ view, statusOf, clock }: ForecastDeps, asked: Asked): Forecast | undefined {
  const { key, change, toldByRules, namesOthers } = asked;
  const nowMs = clock();
  const supposed = view.suppose(key, { ...change, nowMs });
  if (supposed === undefined) return undefined;
  const context = { ...supposed, statusOf, nowMs, toldByRules, namesOthers };
  return { ...supposed, consequences: predictConsequences(supposed.before, supposed.after, context) };
}

function changeOf(request: AdmissionRequest): ImminentChange {
  const { cluster, object } = request;
  const supposed: SupposedObject = object === undefined ? { type: 'absent' } : { type: 'replaced', object };
  return subjectOf(request).kind === 'Service'
    ? { cluster, serviceExport: UNCHANGED, service: supposed }
    : { cluster, serviceExport: supposed, service: UNCHANGED };
}

const UNCHANGED = { type: 'unchanged' } as const;
