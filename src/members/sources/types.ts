import type { ConnectionSettings } from '../../connection/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { KubeconfigReference, WrittenProfile } from './written-profile.ts';

/** A member cluster that a source names, with everything that is needed to reach it. */
export interface MemberRegistration {
  readonly name: ClusterId;
  /** Where it was registered, for people: `Secret members/alpha`, `context "alpha" of /etc/members`. */
  readonly source: string;
  readonly settings: ConnectionSettings;
  /** SHA-256 of the settings with their credentials: another digest means that they were rotated. */
  readonly digest: string;
  readonly object?: RegistrationObject;
  /** What its ClusterProfiles are to say; absent: nothing was said of them. */
  readonly profile?: WrittenProfile;
  /** Where its kubeconfig lies; absent if it does not lie in a Secret. */
  readonly kubeconfig?: KubeconfigReference;
}

/** An object on our hub that registers a member, so that an Event can be about it; contexts and files are none. */
export interface RegistrationObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly namespace: string;
  readonly name: string;
}

/**
 * What an entry that cannot be used says of the member of its name. `declared`: it is one, because whoever runs us
 * registered it by this name. `untrusted`: nothing, whatever was known before.
 */
export type RefusalStanding = 'declared' | 'untrusted';

/** Something that a source holds and that is no usable registration. Its former registration, if any, stays. */
export interface RefusedRegistration {
  readonly name: string;
  /** One sentence without credentials. */
  readonly message: string;
  /** Without it the entry makes no member, but one that was a member before stays one. */
  readonly standing?: RefusalStanding;
  /** The name belongs to this other entry: the refusal says nothing of the member. */
  readonly holder?: string;
  readonly object?: RegistrationObject;
}

export type RegistrationUpdate =
  /** All that this source registers now; who is missing here has left. */
  | {
      readonly type: 'complete';
      readonly registrations: readonly MemberRegistration[];
      readonly refused: readonly RefusedRegistration[];
    }
  /** The source could not be read. Nobody has left: what it registered before stays. */
  | { readonly type: 'failed'; readonly message: string };

/** Tells who the members are, from `start` to `stop`; an update only comes when something is different. */
export interface RegistrationSource {
  readonly name: string;
  start(listener: (update: RegistrationUpdate) => void): void;
  stop(): Promise<void>;
}

/** Runs `work` once after `delayMs`; the result cancels it. */
export type Schedule = (delayMs: number, work: () => void) => () => void;
