import type { Registry } from 'prom-client';
import type { Config } from '../../config/index.ts';
import { DOMAIN } from '../../kube/domain.ts';
import type { Authorize } from '../../kube/request-user.ts';
import type { RowWrites } from '../../kube/row-write.ts';
import type { MembersLog } from '../../members/index.ts';
import { createImpersonate, createRowWrites } from '../../members/write/index.ts';
import type { Admission, AdmissionInput, AuthorizeCluster, ProjectedKind } from '../../members/write/index.ts';
import type { AdmissionContext, AdmissionDecision, AdmissionRequest } from '../../resources/index.ts';
import { definitions, evaluateRules, UPSTREAM_GROUPS } from '../../resources/index.ts';
import type { StoreReader } from '../../store/types.ts';
import type { Audit } from './audit.ts';
import { monotonic } from './clockwork.ts';
import type { ClusterSetRuntime } from './clusterset-runtime.ts';
import type { OperatorJudge } from './operator-rules.ts';
import { withOverlayWrites } from './overlay-kinds.ts';
import { serviceExportKind } from './projected-kinds.ts';
import { createWriteMetrics } from './write-metrics.ts';

/** What the second review asks about: rights for one member, which RBAC on rows cannot express. */
const MEMBER_CLUSTERS = { group: DOMAIN, version: 'v1alpha1', resource: 'memberclusters', verb: 'write' } as const;

export interface RowWritesDeps {
  readonly config: Config;
  readonly clusterSet: Pick<ClusterSetRuntime, 'members' | 'view' | 'settle' | 'profiles'>;
  readonly store: StoreReader;
  readonly authorize: Authorize;
  readonly admission: AdmissionContext;
  readonly operatorRules: OperatorJudge;
  readonly audit: Audit;
  readonly registry: Registry;
  readonly log: MembersLog;
}

/** Writes of all kinds that have them, with everything that they are judged and recorded by. */
export function openRowWrites(deps: RowWritesDeps): RowWrites {
  const { config, clusterSet, store, audit, registry } = deps;
  const { members, view } = clusterSet;
  const count = createWriteMetrics(registry, (cluster) => members.writable(cluster) !== undefined);
  const kinds = definitions
    .filter(({ resource }) => resource === 'serviceexports')
    .map((definition) => serviceExportKind(definition, { view, store, clock: Date.now }));
  const rows = createRowWrites({
    kinds,
    member: members.writable,
    authorizeCluster: config['writes.reviewCluster'] ? reviewCluster(deps.authorize) : allowEveryCluster,
    admit: (kind, input) => admit(deps, kind, input),
    impersonate: createImpersonate({
      enabled: config['writes.impersonate'],
      extras: config['writes.impersonateExtras'],
    }),
    settle: clusterSet.settle,
    record: (record) => {
      audit(record);
      count(record);
    },
    monotonic,
  });
  return withOverlayWrites(rows, { profiles: clusterSet.profiles, admission: deps.admission });
}

const allowEveryCluster: AuthorizeCluster = () => Promise.resolve({ type: 'allow' });

function reviewCluster(authorize: Authorize): AuthorizeCluster {
  return async (user, { cluster, namespace }) => {
    const decision = await authorize(user, {
      ...MEMBER_CLUSTERS,
      type: 'resource',
      subresource: '',
      namespace,
      name: cluster,
    });
    if (decision.type !== 'deny') return { type: decision.type };
    const { verb, resource, group } = MEMBER_CLUSTERS;
    const what = `User "${user.name}" cannot ${verb} resource "${resource}/${cluster}" in API group "${group}" in the namespace "${namespace}"`;
    return { type: 'deny', reason: decision.reason === '' ? what : `${what}: ${decision.reason}` };
  };
}

async function admit(
  { admission, operatorRules, log }: RowWritesDeps,
  kind: ProjectedKind,
  input: AdmissionInput,
): Promise<Admission> {
  const definition = definitions.find(({ resource }) => resource === kind.resource);
  const own = (request: AdmissionRequest): AdmissionDecision =>
    evaluateRules(definition?.rules ?? [], request, admission);
  const decision =
    definition === undefined
      ? own(input)
      : await operatorRules.judge(
          {
            request: input,
            context: admission,
            subject: {
              group: UPSTREAM_GROUPS[definition.groupRole],
              version: definition.storageVersion,
              resource: definition.resource,
              kind: definition.kind,
            },
            effect: undefined,
          },
          own,
        );
  if (decision.type === 'allow') {
    for (const { rule, error } of decision.failures) log.error({ rule, err: error }, 'an admission rule failed');
  }
  const { auditAnnotations } = decision;
  return { ...toAdmission(decision), ...(auditAnnotations === undefined ? {} : { auditAnnotations }) };
}

function toAdmission(decision: AdmissionDecision): Admission {
  switch (decision.type) {
    case 'allow':
      return { type: 'allow', warnings: decision.warnings };
    case 'deny':
      return { type: 'invalid', causes: decision.causes, warnings: decision.warnings };
    case 'forbid':
      return { type: 'forbidden', because: decision.because, warnings: decision.warnings };
    case 'unavailable':
      return decision;
    case 'fail':
      return { type: 'failed', rule: decision.failure.rule, cause: decision.failure.error, warnings: [] };
  }
}
