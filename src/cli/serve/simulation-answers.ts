import type { SubresourceContent } from '../../../apiservice/types.ts';
import { compareFields, type KeyVerdict, summarizeImport } from '../../clusterset/index.ts';
import { invalid, serviceUnavailable } from '../../kube/api-errors.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { JsonObject } from '../../kube/object.ts';
import { createSharing } from '../../members/index.ts';
import { SERVICE_IMPORT_SIMULATION } from '../../resources/index.ts';
import type { Forecast, MakeForecast } from './forecast.ts';
import { parseQuestion } from './simulation-question.ts';
import type { OneSubresource } from './subresource-answers.ts';

/** A member that was registered a moment ago is started in one of the next turns. */
const RETRY_AFTER_SECONDS = 1;

export interface SimulationDeps {
  readonly forecast: MakeForecast;
  /** The registered member of this name. */
  readonly findMember: (name: string) => ClusterId | undefined;
  /** The group under which ServiceExports are served here. */
  readonly servedGroup: string;
}

/** `serviceimports/NAME/simulation`: asks what a change would bring about; the name need not exist. */
export function createSimulationAnswers({ forecast, findMember, servedGroup }: SimulationDeps): OneSubresource {
  const { group, kind } = SERVICE_IMPORT_SIMULATION;
  return {
    create: ({ namespace, name }, body): SubresourceContent => {
      const key = { namespace, name };
      // Specs that are equal are shared within one question only: what is asked once may never be asked again.
      const question = parseQuestion(body, key, { findMember, servedGroup, sharing: createSharing() });
      if (!question.ok) throw invalid({ group, kind }, name, question.error);
      const made = forecast(key, question.value);
      if (made === undefined)
        throw serviceUnavailable(`member ${question.value.cluster} was not read yet`, RETRY_AFTER_SECONDS);
      return { metadata: { name, namespace }, spec: body['spec'], status: statusOf(made) };
    },
  };
}

function statusOf({ before, after, cluster, consequences }: Forecast): JsonObject {
  return {
    ...summaryOf('before', before),
    ...summaryOf('after', after),
    changes: compareFields(before, after, cluster).map(({ field, ...sides }) => ({ field, ...sides })),
    consequences: consequences.map(({ type, message }) => ({ type, message })),
  };
}

function summaryOf(side: 'before' | 'after', { merge }: KeyVerdict): JsonObject {
  return merge === undefined ? {} : { [side]: summarizeImport(merge) };
}
