import type { MemberFacts, MemberIdentity } from '../clusterset/index.ts';
import type { FieldCause } from '../kube/api-errors.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import { type KubeObject, type ObjectKey, textAt } from '../kube/object.ts';
import type { RequestUser } from '../kube/request-user.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What a rule can lead to: a refused write, or words beside an accepted one. */
export type RuleEffect = 'deny' | 'warn';

/** Objects are in the storage version and as the member has them: under the member's own name, without what rows add. */
interface RequestObjects {
  readonly CREATE: { readonly object: KubeObject; readonly oldObject: undefined };
  readonly UPDATE: { readonly object: KubeObject; readonly oldObject: KubeObject };
  readonly DELETE: { readonly object: undefined; readonly oldObject: KubeObject };
}

interface RequestCircumstances {
  /** The member that holds the object, or will. */
  readonly cluster: ClusterId;
  /** What of the object is written: '' is the object itself, else a subresource such as `status`. */
  readonly subresource: string;
  /** The API version that the client used. */
  readonly requestVersion: string;
  readonly dryRun: boolean;
  readonly user: RequestUser;
}

type RequestOf<O extends AdmissionOperation> = { readonly operation: O } & RequestObjects[O] & RequestCircumstances;

/** One write as rules see it, wherever it came in. */
export type AdmissionRequest = RequestOf<'CREATE'> | RequestOf<'UPDATE'> | RequestOf<'DELETE'>;

/** What one rule says to one request. */
export type Verdict =
  | { readonly type: 'allow'; readonly warnings: readonly string[] }
  /** The object has faults: 422 Invalid. */
  | { readonly type: 'deny'; readonly causes: readonly FieldCause[] }
  /** Nobody may do this here: 403 Forbidden; `because` follows after `is forbidden: `. */
  | { readonly type: 'forbid'; readonly because: string }
  /** What is known does not suffice to judge: 503, to be tried again. */
  | { readonly type: 'unavailable'; readonly because: string; readonly retryAfterSeconds: number };

/** What would follow from a write, most important first, one sentence each. */
export type PredictConsequences = (
  request: AdmissionRequest,
  telling: Pick<AdmissionPolicy, 'namesOthers'>,
) => readonly string[];

/** A ClusterProfile that is served, and the id of the member that it is about; '' without one. */
export interface ServedProfile extends ObjectKey {
  readonly memberId: string;
}

/** The look at the ClusterSet that rules have: synchronous, read-only, and as far as members were read. */
export interface ClusterSetLookup extends MemberFacts {
  readonly predict: PredictConsequences;
  /** Who a member is before the write. */
  readonly identityOf: (cluster: ClusterId) => MemberIdentity;
  /**
   * Of all other members, last known values included, by name; and who they are about to become, where a write that makes
   * them so is under way: such a member may be there twice.
   */
  readonly otherIdentities: (cluster: ClusterId) => readonly MemberIdentity[];
  /** Of all ClusterProfiles that are served. */
  readonly profiles: () => readonly ServedProfile[];
}

/** What whoever runs the ClusterSet has decided. */
export interface AdmissionPolicy {
  /** Nothing can be exported from these. */
  readonly forbiddenNamespaces: readonly string[];
  /** Exports from these are warned about. */
  readonly warnedNamespaces: readonly string[];
  /** False: rules still deny, but say nothing else. */
  readonly warnings: boolean;
  /** Whether this caller may be told names and values of other clusters; else they are "another cluster". */
  readonly namesOthers: boolean;
  /** Whether the MCS implementation of the members passes on exported labels and annotations, which the KEP leaves open. */
  readonly exportedMetadataSupported: boolean;
  /**
   * Users of the members' own MCS implementation. While none is named, rules that would hit it stay silent: they cannot
   * tell it from somebody who should not write what it writes.
   */
  readonly controllers: readonly string[];
  /** Name of this server as a cluster manager: profiles of that name are served here. */
  readonly profileManager: string;
  /** Users who may write what is otherwise left to the controllers. */
  readonly administrators: readonly string[];
  /** Names with a reserved suffix that properties may have all the same. */
  readonly standardProperties: readonly string[];
  /** A ClusterSet whose name can be no label value is refused, not only warned about. */
  readonly strictClusterSetNames: boolean;
}

export interface AdmissionContext {
  readonly lookup: ClusterSetLookup;
  readonly policy: AdmissionPolicy;
}

/**
 * One check of a kind's objects: pure, synchronous, never throws for what a client may send, and says nothing about what
 * is not known. Warnings have the decisive words first.
 */
export interface AdmissionRule {
  readonly name: string;
  readonly operations: readonly AdmissionOperation[];
  /** What it ever leads to, so that only those rules run whose effect is asked for. */
  readonly effects: readonly RuleEffect[];
  /** Which writes it looks at (see `subresource` of the request); the object itself if not given. */
  readonly subresources?: readonly string[];
  /**
   * False: an update is judged whatever would be said of one that changes nothing. For rules about who writes; the faults
   * of an object are forgiven where it had them before.
   */
  readonly ratchets?: boolean;
  readonly evaluate: (request: AdmissionRequest, context: AdmissionContext) => Verdict;
}

/** A bug in a rule; the message is for the log only. */
export interface RuleFailure {
  readonly rule: string;
  readonly error: unknown;
}

/** What all rules together say. Warnings go with every answer, also with a denial. */
export type AdmissionDecision = RulesDecision & {
  /** For the audit log only: what is to be noted, by who says it. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
};

type RulesDecision =
  /** `failures` are to be logged; only a write that is never denied goes on in spite of them. */
  | { readonly type: 'allow'; readonly warnings: readonly string[]; readonly failures: readonly RuleFailure[] }
  | { readonly type: 'deny'; readonly causes: readonly FieldCause[]; readonly warnings: readonly string[] }
  | { readonly type: 'forbid'; readonly because: string; readonly warnings: readonly string[] }
  | {
      readonly type: 'unavailable';
      readonly because: string;
      readonly retryAfterSeconds: number;
      readonly warnings: readonly string[];
    }
  /** A rule has a bug: 500 that names the rule. */
  | { readonly type: 'fail'; readonly failure: RuleFailure };

const NOTHING_TO_SAY: Verdict = { type: 'allow', warnings: [] };

/** The verdict with these warnings, none of them undefined. */
export function allow(...warnings: readonly (string | undefined)[]): Verdict {
  const said = warnings.filter((warning) => warning !== undefined);
  return said.length === 0 ? NOTHING_TO_SAY : { type: 'allow', warnings: said };
}

/** Denies if there is any cause. */
export function denyFor(causes: readonly FieldCause[]): Verdict {
  return causes.length === 0 ? NOTHING_TO_SAY : { type: 'deny', causes };
}

export function forbid(because: string): Verdict {
  return { type: 'forbid', because };
}

export function unavailable(because: string, retryAfterSeconds: number): Verdict {
  return { type: 'unavailable', because, retryAfterSeconds };
}

/** The object that the request is about: the new one, or the one that goes. */
export function subjectOf({ object, oldObject }: AdmissionRequest): KubeObject {
  return object ?? oldObject;
}

/** Its own key in the member; '' for what is missing or no text. */
export function subjectKey(request: AdmissionRequest): ObjectKey {
  const subject = subjectOf(request);
  return { namespace: textAt(subject, 'metadata', 'namespace') ?? '', name: textAt(subject, 'metadata', 'name') ?? '' };
}
