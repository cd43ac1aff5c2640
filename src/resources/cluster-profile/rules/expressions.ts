import type { CelRuleSet, CelRuleSource, CelVariables } from '../../cel-rule-source.ts';

/** Both writes of an object: itself, and its status. */
const SUBRESOURCES = ['', 'status'] as const;

const MEMBER_ID = "'multicluster.x-k8s.io/inventory-member-id'";
const ARGUMENTS = "'clusterprofiles.multicluster.x-k8s.io/exec/additional-args'";
const ENVIRONMENT = "'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs'";

/** Pairs of extensions of one object that are compared: beyond, kube-apiserver would refuse the object for what that costs. */
const EXTENSION_PAIRS_MAX = 40_000;

/** What several expressions read. */
const VARIABLES: CelVariables = [
  {
    name: 'providers',
    expression:
      'has(object.status) && has(object.status.accessProviders) ? ' +
      'object.status.accessProviders.filter(p, has(p.cluster)) : []',
  },
  {
    name: 'extended',
    expression: 'variables.providers.filter(p, has(p.cluster.extensions))',
  },
  {
    name: 'pairs',
    expression: 'variables.extended.map(p, size(p.cluster.extensions) * size(p.cluster.extensions)).sum()',
  },
];

type Rule = Pick<CelRuleSource, 'name' | 'expression' | 'field' | 'message'> & Partial<CelRuleSource>;

function rule(source: Rule): CelRuleSource {
  return {
    operations: ['CREATE', 'UPDATE'],
    subresources: SUBRESOURCES,
    effect: 'deny',
    reason: 'FieldValueInvalid',
    messageExpression: undefined,
    ...source,
  };
}

/** The rules of KEP-4322 that an object alone can break, as texts that a member's kube-apiserver could enforce, too. */
export const PROFILE_EXPRESSIONS: CelRuleSet = {
  variables: VARIABLES,
  rules: [
    rule({
      name: 'manager-immutable',
      operations: ['UPDATE'],
      subresources: [''],
      expression: 'object.spec.clusterManager == oldObject.spec.clusterManager',
      field: 'spec.clusterManager',
      message: 'is immutable',
    }),
    rule({
      name: 'manager-label',
      subresources: [''],
      expression:
        "has(object.metadata.labels) && 'x-k8s.io/cluster-manager' in object.metadata.labels && " +
        "object.metadata.labels['x-k8s.io/cluster-manager'] == object.spec.clusterManager.name",
      field: 'metadata.labels[x-k8s.io/cluster-manager]',
      message: 'must equal spec.clusterManager.name',
      messageExpression: `'must equal spec.clusterManager.name "' + object.spec.clusterManager.name + '"'`,
    }),
    rule({
      name: 'member-id-not-empty',
      subresources: [''],
      expression: `!has(object.metadata.labels) || !(${MEMBER_ID} in object.metadata.labels) || object.metadata.labels[${MEMBER_ID}] != ''`,
      field: 'metadata.labels[multicluster.x-k8s.io/inventory-member-id]',
      message: 'must not be empty',
    }),
    rule({
      name: 'member-id-kept',
      operations: ['UPDATE'],
      subresources: [''],
      expression:
        `!(has(oldObject.metadata.labels) && ${MEMBER_ID} in oldObject.metadata.labels) || ` +
        `(has(object.metadata.labels) && ${MEMBER_ID} in object.metadata.labels && ` +
        `object.metadata.labels[${MEMBER_ID}] == oldObject.metadata.labels[${MEMBER_ID}])`,
      field: 'metadata.labels[multicluster.x-k8s.io/inventory-member-id]',
      message: 'must stay as it is',
      messageExpression: `'must stay "' + oldObject.metadata.labels[${MEMBER_ID}] + '"'`,
    }),
    rule({
      name: 'server-https',
      expression: "variables.providers.all(p, p.cluster.server.matches('^https://[^/?#]+'))",
      field: 'status.accessProviders',
      message: 'cluster.server must be an https URL with a host',
      messageExpression:
        "'cluster.server of ' + variables.providers.filter(p, !p.cluster.server.matches('^https://[^/?#]+'))[0].name + ' must be an https URL with a host'",
    }),
    rule({
      name: 'tls-verified',
      effect: 'warn',
      expression:
        "variables.providers.all(p, !('insecure-skip-tls-verify' in p.cluster) || p.cluster['insecure-skip-tls-verify'] == false)",
      field: 'status.accessProviders',
      message: 'an access provider disables TLS verification',
      messageExpression: `'access provider "' + variables.providers.filter(p, 'insecure-skip-tls-verify' in p.cluster && p.cluster['insecure-skip-tls-verify'] == true)[0].name + '" disables TLS verification'`,
    }),
    rule({
      name: 'extensions-unique',
      expression:
        `variables.pairs > ${EXTENSION_PAIRS_MAX} || ` +
        'variables.extended.all(p, p.cluster.extensions.all(e, p.cluster.extensions.exists_one(o, o.name == e.name)))',
      field: 'status.accessProviders',
      reason: 'FieldValueDuplicate',
      message: 'cluster.extensions must have names that differ',
    }),
    rule({
      name: 'additional-args',
      expression:
        `variables.extended.all(p, p.cluster.extensions.all(e, e.name != ${ARGUMENTS} || ` +
        '(type(e.extension) == list && e.extension.all(a, type(a) == string))))',
      field: 'status.accessProviders',
      message: 'the extension for additional arguments must be a list of strings',
    }),
    rule({
      name: 'additional-envs',
      expression:
        `variables.extended.all(p, p.cluster.extensions.all(e, e.name != ${ENVIRONMENT} || (type(e.extension) == map && ` +
        "e.extension.all(k, k.matches('^[A-Za-z_][A-Za-z0-9_]*$') && type(e.extension[k]) == string))))",
      field: 'status.accessProviders',
      message: 'the extension for additional variables must be a map from names of variables to strings',
    }),
    rule({
      name: 'credential-providers',
      effect: 'warn',
      // What was there before is not this writer's: another writer's, or the server's mirror of accessProviders.
      expression:
        '!has(object.status) || !has(object.status.credentialProviders) || object.status.credentialProviders.all(p, ' +
        "request.operation == 'UPDATE' && has(oldObject.status) && has(oldObject.status.credentialProviders) && " +
        'oldObject.status.credentialProviders.exists(o, o == p))',
      field: 'status.credentialProviders',
      message: 'status.credentialProviders is deprecated and absent in v1alpha2',
    }),
  ],
};
