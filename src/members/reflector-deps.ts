import type { KubeConnection } from '../connection/types.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Failure } from './failure.ts';
import type { Difference } from './kept-objects.ts';
import type { Cut } from './cut.ts';
import type { ListGate } from './list-gate.ts';
import type { ReflectedSource } from './member-resource.ts';
import type { Sharing } from './sharing.ts';

/** Runs `run` once after `delayMs`, unless the returned function is called before. */
export type StartTimer = (delayMs: number, run: () => void) => () => void;

/** What this folder needs of a logger: a constant message, data in fields. */
export interface MembersLog {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** Time, chance, log and the bounds that all members share. */
export interface SharedDeps {
  readonly clock: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly startTimer: StartTimer;
  readonly log: MembersLog;
  readonly listGate: ListGate;
  readonly sharing: Sharing;
}

/** What a reflector tells the member it belongs to. */
export interface ReflectorSink {
  readonly changed: (difference: Difference) => void;
  /** The first complete state is in. */
  readonly synced: () => void;
  /** A call failed; undefined: the resource is in sync again. */
  readonly health: (failure: Failure | undefined) => void;
  /** Something came from the member. */
  readonly contact: () => void;
  /** Whether this many objects of the resource may be held. */
  readonly mayHold: (objects: number) => boolean;
  /** More objects than may be held; the reflector has stopped. */
  readonly tooLarge: () => void;
}

export interface ReflectorDeps extends SharedDeps {
  readonly member: string;
  readonly source: ReflectedSource;
  /** Reads one object as it comes over the wire. */
  readonly parse: (value: unknown) => Cut;
  readonly connection: () => KubeConnection;
  /** Confirms that the connection leads to the cluster that is expected; a failure otherwise. */
  readonly admit: () => Promise<Failure | undefined>;
  readonly labelSelector: () => string | undefined;
  readonly wants: (object: KubeObject) => boolean;
  readonly sink: ReflectorSink;
}
