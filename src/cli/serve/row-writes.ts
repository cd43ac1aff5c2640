import type { Registry } from 'prom-client';
import type { Config } from '../../config/index.ts';
import { DOMAIN } from '../../kube/domain.ts';
import type { Authorize } from '../../kube/request-user.ts';
import type { RowWrites } from '../../kube/row-write.ts';
import type { MembersLog } from '../../members/index.ts';
import { createImpersonate, createRowWrites } from '../../members/write/index.ts';
import type {
  Admission,
  AdmissionInput,
  AuthorizeCluster,
  ProjectedKind,
  WriteRecord,
} from '../../members/write/index.ts';
import type { AdmissionContext, AdmissionDecision, AdmissionRequest } from '../../resources/index.ts';
import { definitionOf, definitions } from '../../resources/index.ts';
import type { StoreReader } from '../../store/types.ts';
import type { Audit } from './audit.ts';
import { monotonic } from './clockwork.ts';
import type { ClusterSetRuntime } from './clusterset-runtime.ts';
import type { OperatorJudge } from './operator-rules.ts';
import { reserveClaim } from './identity-claims.ts';
import { kindInMember } from './member-kinds.ts';
import { withOverlayWrites } from './overlay-kinds.ts';
import { projectedKind } from './projected-kinds.ts';
import { asAdmitted, createWriteJudge } from './write-judge.ts';
import type { JudgeWrite } from './write-judge.ts';
import { createWriteMetrics } from './write-metrics.ts';

/** What the second review asks about: rights for one member, which RBAC on rows cannot express. */
const MEMBER_CLUSTERS = { group: DOMAIN, version: 'v1alpha1', resource: 'memberclusters', verb: 'write' } as const;

export interface RowWritesDeps {
  readonly config: Config;
  readonly clusterSet: Pick<ClusterSetRuntime, 'members' | 'view' | 'settle' | 'profiles' | 'reservations'>;
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
    .map((definition) => projectedKind(definition, { view, store, clock: Date.now }))
    .filter((kind) => kind !== undefined);
  const judge = createWriteJudge(deps);
  const record = (written: WriteRecord): void => {
    audit(written);
    count(written);
  };
  const rows = createRowWrites({
    kinds,
    inMember: kindInMember,
    member: members.writable,
    authorizeCluster: config['writes.reviewCluster'] ? reviewCluster(deps.authorize) : allowEveryCluster,
    admit: (kind, input) => admit(deps, judge, { kind, input }),
    impersonate: createImpersonate({
      enabled: config['writes.impersonate'],
      extras: config['writes.impersonateExtras'],
    }),
    settle: clusterSet.settle,
    ...{ record, monotonic },
  });
  return withOverlayWrites(rows, { profiles: clusterSet.profiles, judge, record, monotonic });
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
    const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    const what = `User "${user.name}" cannot ${verb} resource "${resource}/${cluster}" in API group "${group}" ${where}`;
    return { type: 'deny', reason: decision.reason === '' ? what : `${what}: ${decision.reason}` };
  };
}

async function admit(
  deps: RowWritesDeps,
  judge: JudgeWrite,
  { kind, input }: { readonly kind: ProjectedKind; readonly input: AdmissionInput },
): Promise<Admission> {
  let undone: (() => void) | undefined;
  const definition = definitionOf(kind.resource);
  const admission = await judge(definition, asAdmitted(definition, input), (decision, request) => {
    const reserved = reserve(deps, kind, { request, decision });
    undone = reserved.undo;
    return reserved.decision;
  });
  if (undone === undefined) return admission;
  if (admission.type === 'allow') return { ...admission, undone };
  undone();
  return admission;
}

interface Judged {
  readonly request: AdmissionRequest;
  readonly decision: AdmissionDecision;
}

/** What changes who a member is, is noted in the very turn in which it is judged. */
function reserve(
  { admission, clusterSet }: RowWritesDeps,
  { resource }: ProjectedKind,
  { request, decision }: Judged,
): { readonly decision: AdmissionDecision; readonly undo?: () => void } {
  if (resource !== 'clusterproperties' || decision.type !== 'allow') return { decision };
  const reserved = reserveClaim({ admission, reservations: clusterSet.reservations }, request);
  if (reserved.type === 'reserved')
    return reserved.undo === undefined ? { decision } : { decision, undo: reserved.undo };
  return { decision: { ...reserved.decision, warnings: decision.warnings } };
}
