import type { KubeObject, ObjectKey } from '../kube/object.ts';
import type { Failure, HttpFailure } from './failure.ts';

/** What never changes during a reflector's life. */
export interface ReflectorOptions {
  /** Served API versions that we can read, best first. */
  readonly versions: readonly string[];
  /** The resource comes from a CRD: its version, and whether it exists at all, is found by discovery. */
  readonly discovered: boolean;
}

/** What one reflector knows beside the phase that it is in. */
export interface ReflectorMemory {
  /** Number of the latest call or timer; answers to earlier ones are ignored. */
  readonly call: number;
  readonly version: string | undefined;
  /** Discovery must be asked before the next list or watch. */
  readonly rediscover: boolean;
  /** A complete list must be read before watching. */
  readonly relist: boolean;
  /** Where a watch resumes and what a relist must not be older than; undefined: the next list is consistent. */
  readonly revision: string | undefined;
  /** A complete state was published: live, or restored from a snapshot. */
  readonly synced: boolean;
  /** Objects of equal uid and resourceVersion may still differ: another API version, or a snapshot of another release. */
  readonly compareContent: boolean;
  /** False once the member refused or ignored a streaming list. */
  readonly watchList: boolean;
  /** Calls that failed since the last success. */
  readonly failures: number;
  /** A resume was answered with Expired, and no watch has shown since that it can be resumed again. */
  readonly hasExpired: boolean;
  /** Successful discoveries in a row that did not find the resource. */
  readonly absences: number;
}

export type ReflectorPhase =
  | { readonly type: 'idle' }
  | { readonly type: 'discovering' }
  | {
      readonly type: 'listing';
      readonly limit: number;
      readonly continueToken: string | undefined;
      /** resourceVersion of the first page; undefined before it came. */
      readonly listRevision: string | undefined;
    }
  | { readonly type: 'watchListing'; readonly activeMs: number }
  | {
      readonly type: 'watching';
      /** undefined until the member accepted the watch. */
      readonly openedMs: number | undefined;
      readonly activeMs: number;
      readonly hadEvents: boolean;
    }
  /** `mayHurry`: nobody answered, or somebody in front of the member, so that its answer elsewhere ends the wait. */
  | { readonly type: 'backingOff'; readonly mayHurry: boolean }
  /** Discovery does not find the resource; unconfirmed: what was known is kept until a second look. */
  | { readonly type: 'absent'; readonly confirmed: boolean };

export interface ReflectorState {
  readonly options: ReflectorOptions;
  readonly memory: ReflectorMemory;
  readonly phase: ReflectorPhase;
}

/** One decoded line of a watch. Every variant but the last two moves the resume point. */
export type WatchLine =
  | { readonly type: 'applied'; readonly object: KubeObject; readonly revision: string }
  /** Deleted on the member, or no longer accepted by us. */
  | { readonly type: 'removed'; readonly key: ObjectKey; readonly revision: string }
  /** An object that we do not take and never had. */
  | { readonly type: 'skipped'; readonly revision: string }
  | { readonly type: 'bookmark'; readonly revision: string; readonly initialEnd: boolean }
  | { readonly type: 'error'; readonly failure: HttpFailure }
  | { readonly type: 'garbage'; readonly message: string };

export type ReflectorInput =
  | { readonly type: 'start'; readonly relist: boolean }
  | { readonly type: 'stop' }
  /** The member answers again: do not wait for the rest of a back-off. */
  | { readonly type: 'kick' }
  /** `holdsNothing`: there are no rows that an absent resource could take away. */
  | {
      readonly type: 'discovered';
      readonly call: number;
      readonly version: string | undefined;
      readonly holdsNothing: boolean;
    }
  | {
      readonly type: 'page';
      readonly call: number;
      readonly objects: readonly KubeObject[];
      readonly revision: string;
      readonly continueToken: string | undefined;
    }
  | { readonly type: 'opened'; readonly call: number }
  | { readonly type: 'line'; readonly call: number; readonly line: WatchLine }
  | { readonly type: 'ended'; readonly call: number; readonly clean: boolean }
  | { readonly type: 'failed'; readonly call: number; readonly failure: Failure }
  | { readonly type: 'timer'; readonly call: number };

export type ReflectorEffect =
  | { readonly type: 'discover'; readonly call: number }
  | {
      readonly type: 'list';
      readonly call: number;
      readonly version: string;
      readonly limit: number;
      readonly continueToken: string | undefined;
      /** With resourceVersionMatch=NotOlderThan; undefined: the most recent state (a consistent read). */
      readonly notOlderThan: string | undefined;
    }
  | {
      readonly type: 'watch';
      readonly call: number;
      readonly version: string;
      readonly revision: string | undefined;
      readonly initialEvents: boolean;
      readonly timeoutSeconds: number;
    }
  /** Ends the call in flight and the timer. */
  | { readonly type: 'cancel' }
  | { readonly type: 'startTimer'; readonly call: number; readonly delayMs: number }
  /** Part of a list that is not complete yet. */
  | { readonly type: 'stage'; readonly objects: readonly KubeObject[] }
  | { readonly type: 'unstage'; readonly key: ObjectKey }
  | { readonly type: 'discardStaged' }
  /** What was staged is complete: publish its difference to what is known. */
  | { readonly type: 'publish'; readonly revision: string | undefined; readonly compareContent: boolean }
  | { readonly type: 'apply'; readonly object: KubeObject }
  | { readonly type: 'remove'; readonly key: ObjectKey; readonly revision: string }
  /** What stands in the way of being in sync; undefined: nothing any more. */
  | { readonly type: 'health'; readonly failure: Failure | undefined };

/** Time and chance are inputs, so that the machine is a pure function. */
export interface StepContext {
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
}

export interface Step {
  readonly state: ReflectorState;
  readonly effects: readonly ReflectorEffect[];
}

/** The state of a reflector that was never started; `restored`: a snapshot is already published. */
export function initialReflector(options: ReflectorOptions, restored: boolean): ReflectorState {
  return {
    options,
    memory: {
      call: 0,
      version: options.discovered ? undefined : options.versions[0],
      rediscover: options.discovered,
      relist: true,
      revision: undefined,
      synced: restored,
      compareContent: restored,
      watchList: true,
      failures: 0,
      hasExpired: false,
      absences: 0,
    },
    phase: { type: 'idle' },
  };
}
