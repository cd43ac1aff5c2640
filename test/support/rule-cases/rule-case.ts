import type { PolicySettings } from '../../../src/resources/index.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

/** One write, and what must be said to it: by the rules in this process and by the policies that a member enforces alone. */
export interface RuleCase {
  readonly name: string;
  readonly resource:
    'serviceexports' | 'serviceimports' | 'endpointslices' | 'namespaces' | 'clusterproperties' | 'clusterprofiles';
  readonly subresource?: 'status';
  /** The API version of the request; the storage version if not given. */
  readonly version?: string;
  /** Absent: the object is created. */
  readonly oldObject?: KubeObject;
  /** Absent: the object is deleted. */
  readonly object?: KubeObject;
  /** jane if not given, who is nobody. */
  readonly user?: string;
  /** 422: the text of the first cause. */
  readonly invalid?: string;
  /** 403: what nobody may do. */
  readonly forbidden?: string;
  /** Of the rules in this process: policies warn of nothing. */
  readonly warnings?: readonly string[];
  /** What the policy says instead of `invalid` or `forbidden`, where the rule tells names that a member does not know. */
  readonly inPolicy?: string;
  /** The two properties by which the member is known; it has neither if not given. */
  readonly identity?: { readonly clusterID?: string; readonly clusterSet?: string };
  /** Part of the text by which the validations of our CustomResourceDefinition refuse it, where they can. */
  readonly refusedBySchema?: string;
}

export const RULE_CASE_SETTINGS: PolicySettings = {
  forbiddenNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
  controllers: ['mcs'],
  administrators: ['root'],
  standardProperties: ['standard.k8s.io'],
  strictClusterSetNames: false,
};
