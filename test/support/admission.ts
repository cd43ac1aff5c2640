import type { MemberIdentity, ServiceState } from '../../src/clusterset/index.ts';
import type { FieldCause } from '../../src/kube/api-errors.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type {
  AdmissionContext,
  AdmissionPolicy,
  AdmissionRequest,
  AdmissionRule,
  ClusterSetLookup,
  Verdict,
} from '../../src/resources/index.ts';
import { clusterId } from './clusterset-objects.ts';

type Circumstances = Pick<AdmissionRequest, 'cluster' | 'subresource' | 'requestVersion' | 'dryRun' | 'user'>;

const CIRCUMSTANCES: Circumstances = {
  cluster: clusterId('east'),
  subresource: '',
  requestVersion: 'v1beta1',
  dryRun: false,
  user: { name: 'jane', uid: undefined, groups: [], extra: {} },
};

const POLICY: AdmissionPolicy = {
  forbiddenNamespaces: [],
  warnedNamespaces: [],
  warnings: true,
  namesOthers: true,
  exportedMetadataSupported: true,
  profileManager: 'clusterset-apiserver',
  controllers: [],
  administrators: [],
  standardProperties: [],
  strictClusterSetNames: false,
};

export function createRequest(object: KubeObject, more: Partial<Circumstances> = {}): AdmissionRequest {
  return { operation: 'CREATE', object, oldObject: undefined, ...CIRCUMSTANCES, ...more };
}

export function updateRequest(
  oldObject: KubeObject,
  object: KubeObject,
  more: Partial<Circumstances> = {},
): AdmissionRequest {
  return { operation: 'UPDATE', object, oldObject, ...CIRCUMSTANCES, ...more };
}

export function deleteRequest(oldObject: KubeObject, more: Partial<Circumstances> = {}): AdmissionRequest {
  return { operation: 'DELETE', object: undefined, oldObject, ...CIRCUMSTANCES, ...more };
}

/** A ClusterIP Service of which nothing is worth a word. */
export function serviceState(
  more: Partial<Omit<Extract<ServiceState, { type: 'present' }>, 'type'>> = {},
): ServiceState {
  return {
    type: 'present',
    serviceType: 'ClusterIP',
    headless: false,
    internalTrafficPolicy: undefined,
    imported: false,
    ...more,
  };
}

/** A member that was read, can be reached, and has neither id nor ClusterSet unless said otherwise. */
export function memberIdentity(name: string, more: Partial<Omit<MemberIdentity, 'name'>> = {}): MemberIdentity {
  return { name: clusterId(name), clusterID: '', clusterSet: '', reachable: true, observed: true, ...more };
}

export function userNamed(name: string, groups: readonly string[] = []): AdmissionRequest['user'] {
  return { name, uid: undefined, groups, extra: {} };
}

/** Three members that all have everything; nothing is predicted. */
export function admissionContext(
  lookup: Partial<ClusterSetLookup> = {},
  policy: Partial<AdmissionPolicy> = {},
): AdmissionContext {
  return {
    lookup: {
      serviceIn: () => serviceState(),
      namespaceIn: () => 'active',
      namespaceObjectIn: () => undefined,
      membersWithoutNamespace: () => [],
      hasExport: () => true,
      exportState: () => 'exported',
      memberCount: () => 3,
      knownIdentity: memberIdentity,
      knownIdentities: () => [],
      identityProblems: () => [],
      identityOf: memberIdentity,
      otherIdentities: () => [],
      profiles: () => [],
      propertyIn: () => undefined,
      predict: () => [],
      ...lookup,
    },
    policy: { ...POLICY, ...policy },
  };
}

/** The warnings of a verdict that allows. */
export function warningsOf(verdict: Verdict): readonly string[] {
  if (verdict.type !== 'allow') throw new Error(`not allowed: ${JSON.stringify(verdict)}`);
  return verdict.warnings;
}

/** `field: message` for each cause of a verdict; [] when it allows. */
export function causesOf(verdict: Verdict): readonly string[] {
  return verdict.type === 'deny' ? verdict.causes.map(causeText) : [];
}

function causeText({ field, message }: FieldCause): string {
  return `${field}: ${message}`;
}

/** What a rule that looks at the Service of the name says when it is in this state. */
export function judgeService(rule: AdmissionRule, object: KubeObject, state: ServiceState): Verdict {
  return rule.evaluate(createRequest(object), admissionContext({ serviceIn: () => state }));
}
