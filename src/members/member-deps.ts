import type { KubeConnection } from '../connection/types.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import type { MemberEvent, MemberResource, MemberStatus } from '../kube/member-event.ts';
import type { MemberObservation } from '../kube/member-health.ts';
import type { ObjectKey } from '../kube/object.ts';
import type { Failure } from './failure.ts';
import type { Refusal } from './member-status.ts';
import type { ReflectorFigures } from './object-intake.ts';
import type { SharedDeps } from './reflector-deps.ts';
import type { MemberSnapshot } from './snapshot.ts';

/** One registered member. Another digest means other credentials, address or settings under the same name. */
export interface MemberRegistration {
  readonly name: ClusterId;
  readonly digest: string;
  /** A new connection; nothing is sent before it is used. */
  readonly connect: () => KubeConnection;
  /** Why what is registered now cannot be used, so that an earlier registration still stands; without credentials. */
  readonly problem?: string;
}

export interface MemberDeps extends SharedDeps {
  readonly registration: MemberRegistration;
  readonly probeIntervalMs: number;
  readonly snapshot: MemberSnapshot | undefined;
  /** Takes a fingerprint for this member, unless it may not have it. */
  readonly claim: (fingerprint: string) => Refusal | undefined;
  readonly mayHold: (resource: MemberResource, objects: number) => boolean;
  /** Gives back what `claim` and `mayHold` took. */
  readonly release: () => void;
  readonly emit: (event: MemberEvent) => void;
  readonly onStatusChange: (status: MemberStatus) => void;
  /** What `observation` gives has changed. */
  readonly onObservation: () => void;
}

/** Figures of one member, for metrics. */
export interface MemberCounters {
  readonly cluster: ClusterId;
  /** How long ago the member last proved that everything we hold is current; undefined while something was never listed. */
  readonly lagMs: number | undefined;
  /** Probes that came to an end since the member was registered. */
  readonly probes: number;
  readonly resources: Readonly<Record<MemberResource, ReflectorFigures>>;
}

/** A member as somebody who writes to it needs it, over the connection that it has now. */
export interface WritableMember {
  readonly cluster: ClusterId;
  readonly status: () => MemberStatus;
  /** Resolves undefined when the cluster that was registered answers; nothing may be sent before. */
  readonly confirm: () => Promise<Failure | undefined>;
  /** Always the same one: once it was replaced, calls on it fail. */
  readonly connection: () => KubeConnection;
  /** The API version that is read; undefined when the member does not have the resource. */
  readonly version: (resource: MemberResource) => string | undefined;
  /**
   * Takes in the object that a write gave back, so that nobody reads an older state from now on. Nothing happens once
   * the connection was replaced or the member refused: the answer may then be another cluster's.
   */
  readonly wrote: (resource: MemberResource, value: unknown) => void;
  /** The same for an object that a write deleted. */
  readonly deleted: (resource: MemberResource, key: ObjectKey, uid: string) => void;
}

export interface Member {
  readonly digest: () => string;
  readonly start: () => void;
  /** Goes on over a new connection; what is known stays if the same cluster answers. */
  readonly rotate: (registration: MemberRegistration) => void;
  /** The same registration, with another problem or none. */
  readonly note: (registration: MemberRegistration) => void;
  /** The member left the clusterset. */
  readonly remove: () => void;
  /** Ends all calls, as when the process ends: nobody is told that the member left. */
  readonly stop: () => void;
  readonly status: () => MemberStatus;
  readonly observation: () => MemberObservation;
  readonly writable: () => WritableMember;
  /** The last complete state; undefined while there is none. */
  readonly snapshot: () => MemberSnapshot | undefined;
  /** Whether there is such a state. */
  readonly hasSnapshot: () => boolean;
  readonly counters: () => MemberCounters;
}
