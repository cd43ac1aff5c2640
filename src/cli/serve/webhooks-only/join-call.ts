import type { ReviewDecision } from '../../../../webhooks/index.ts';
import type { IdentityClaim } from '../../../clusterset/index.ts';
import { ConnectionError } from '../../../connection/index.ts';
import type { KubeConnection, KubeResponse } from '../../../connection/index.ts';
import type { FieldCause } from '../../../kube/api-errors.ts';
import type { ClusterId } from '../../../kube/cluster-id.ts';
import { CLUSTER_ID_PROPERTY, propertyValue } from '../../../kube/cluster-property.ts';
import { parseJson, stringifyJson } from '../../../kube/json.ts';
import { isJsonObject, type JsonObject, textAt } from '../../../kube/object.ts';
import type { AdmissionRequest, ClusterSetLookup } from '../../../resources/index.ts';
import { CLUSTER_PROPERTY_JOIN, subjectOf } from '../../../resources/index.ts';
import { claimOf } from '../identity-claims.ts';
import type { DecideElsewhere } from '../judge.ts';

/** Within the 5 s that the member's kube-apiserver waits for the webhook. */
const JOIN_TIMEOUT_MS = 4_000;
/** What needs no decision waits less: without the hub it goes on all the same. */
const NOTE_TIMEOUT_MS = 1_000;
/** The answer is a few lines. */
const JOIN_BYTES_MAX = 64 * 1024;
/** While the hub is away; kube-apiserver passes it on. */
const RETRY_AFTER_SECONDS = 5;

const ALLOWED: ReviewDecision = { type: 'allow', warnings: [], failures: [] };

export interface JoinCallDeps {
  /** To the hub; undefined: none is named. */
  readonly connection: (() => KubeConnection) | undefined;
  readonly aboutGroup: string;
  readonly own: ClusterId;
  readonly identityOf: ClusterSetLookup['identityOf'];
}

/**
 * Asks the hub whether this member may become who the write would make it. Only what must be unique is decided there: an id
 * together with a ClusterSet. Leaving is the member's own affair, and so is an id without a ClusterSet; yet the hub is told of
 * such an id, so that a join which is judged meanwhile waits for it instead of keeping the id that is about to go.
 */
export function createJoinCall(deps: JoinCallDeps): DecideElsewhere {
  return (request) => {
    const claim = identityChange(deps, request);
    if (claim === undefined) return undefined;
    if (claim.clusterID !== '' && claim.clusterSet !== '') return join(deps, request, claim);
    const isIdAlone = claim.clusterSet === '' && subjectOf(request).metadata.name === CLUSTER_ID_PROPERTY;
    return isIdAlone ? note(deps, request, claim) : undefined;
  };
}

function identityChange({ identityOf }: JoinCallDeps, request: AdmissionRequest): IdentityClaim | undefined {
  const { kind } = subjectOf(request);
  return kind === 'ClusterProperty' && request.subresource === '' ? claimOf(request, identityOf) : undefined;
}

async function join(deps: JoinCallDeps, request: AdmissionRequest, claim: IdentityClaim): Promise<ReviewDecision> {
  const asked = await ask(deps, { request, claim, timeoutMs: JOIN_TIMEOUT_MS });
  return asked.type === 'away' ? away(asked.problem) : asked.decision;
}

/** Only another change of the same identity, which is under way, stands against it. */
async function note(deps: JoinCallDeps, request: AdmissionRequest, claim: IdentityClaim): Promise<ReviewDecision> {
  const asked = await ask(deps, { request, claim, timeoutMs: NOTE_TIMEOUT_MS });
  return asked.type === 'answered' && asked.decision.type === 'unavailable' ? asked.decision : ALLOWED;
}

interface Question {
  readonly request: AdmissionRequest;
  readonly claim: IdentityClaim;
  readonly timeoutMs: number;
}

type Asked =
  | { readonly type: 'answered'; readonly decision: ReviewDecision }
  /** The hub decided nothing. */
  | { readonly type: 'away'; readonly problem: string };

async function ask(
  { connection, aboutGroup, own }: JoinCallDeps,
  { request, claim: { clusterID, clusterSet }, timeoutMs }: Question,
): Promise<Asked> {
  if (connection === undefined) return { type: 'away', problem: 'no hub is named' };
  const { group, version, kind } = CLUSTER_PROPERTY_JOIN;
  const name = `${own}.${subjectOf(request).metadata.name}`;
  const spec = { value: propertyValue(request.object), clusterID, clusterSet, dryRun: request.dryRun };
  try {
    const response = await connection().request({
      method: 'POST',
      path: `/apis/${aboutGroup}/v1beta1/clusterproperties/${name}/join`,
      headers: { accept: 'application/json' },
      body: stringifyJson({ apiVersion: `${group}/${version}`, kind, spec }),
      timeoutMs,
      bodyBytesMax: JOIN_BYTES_MAX,
    });
    return answerIn(response);
  } catch (error) {
    if (error instanceof ConnectionError) return { type: 'away', problem: error.message };
    throw error;
  }
}

function answerIn({ status, body }: KubeResponse): Asked {
  const answer = parseBody(body);
  const decided = isJsonObject(answer) && isJsonObject(answer['status']) ? answer['status'] : undefined;
  if (status !== 201 || decided === undefined) {
    return { type: 'away', problem: textAt(answer, 'message') ?? `it answers ${status}` };
  }
  return { type: 'answered', decision: decided['allowed'] === true ? ALLOWED : denialIn(decided) };
}

function denialIn(decided: JsonObject): ReviewDecision {
  const message = textAt(decided, 'message') ?? 'the hub gives no reason';
  if (decided['code'] === 422) return { type: 'deny', causes: causesIn(decided), warnings: [] };
  if (decided['code'] === 403) return { type: 'forbid', because: message, warnings: [] };
  const seconds = decided['retryAfterSeconds'];
  const retryAfterSeconds = typeof seconds === 'number' ? seconds : RETRY_AFTER_SECONDS;
  return { type: 'unavailable', because: message, retryAfterSeconds, warnings: [] };
}

function parseBody(body: Buffer): unknown {
  try {
    return parseJson(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function causesIn(decided: JsonObject): readonly FieldCause[] {
  const causes: unknown = decided['causes'];
  const items: readonly unknown[] = Array.isArray(causes) ? causes : [];
  return items.map((item) => ({
    field: textAt(item, 'field') ?? '',
    reason: textAt(item, 'reason') ?? 'FieldValueInvalid',
    message: textAt(item, 'message') ?? '',
  }));
}

/** Nobody joins while nobody can see whether the identity is free. */
function away(problem: string): ReviewDecision {
  const because = `whether this identity is free can only be decided by the hub, which cannot be asked: ${problem}`;
  return { type: 'unavailable', because, retryAfterSeconds: RETRY_AFTER_SECONDS, warnings: [] };
}
