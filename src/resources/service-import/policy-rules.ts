import {
  celDnsLabelFault,
  celDuplicateText,
  celInvalidText,
  celJoin,
  celList,
  celString,
  celUnsupportedText,
} from '../cel-text.ts';
import type { MemberPolicyRule } from '../member-policy.ts';
import { CEL_ENDPOINT, CEL_PORT_NAME, CEL_PROTOCOL } from './policy-variables.ts';

interface Emptiness {
  readonly name: string;
  /** A list of what is wrong. */
  readonly variable: string;
  /** Said of it if the first in it cannot be told. */
  readonly field: string;
}

/** A rule that finds nothing in a variable, and tells of the first that is in it. */
function emptyRule({ name, variable, field }: Emptiness, messageExpression: string): MemberPolicyRule {
  return {
    name,
    reason: 'FieldValueInvalid',
    expression: `size(variables.${variable}) == 0`,
    message: `${field}: Invalid value`,
    messageExpression,
  };
}

/** The field of an item, by the place of an equal one. */
function itemField(list: string, variable: string, rest: string): string {
  return celJoin(`spec.${list}[`, { cel: `string(variables.${list}.indexOf(variables.${variable}[0]))` }, `]${rest}`);
}

/** The second of two that have something in common is the one too many. */
function repeatedField(variable: string, rest: string): string {
  const last = lastOf(variable);
  return celJoin('spec.ports[', { cel: `string(variables.ports.lastIndexOf(${last}))` }, `]${rest}`);
}

function lastOf(variable: string): string {
  return `variables.${variable}[size(variables.${variable}) - 1]`;
}

/** One of a set of texts; '' is the default. What was there before is not judged again. */
function choiceRule(
  { name, field, variable }: { readonly name: string; readonly field: string; readonly variable: string },
  choices: readonly string[],
): MemberPolicyRule {
  const value = `variables.${variable}`;
  const old = `variables.old${variable[0]?.toUpperCase() ?? ''}${variable.slice(1)}`;
  return {
    name,
    reason: 'FieldValueInvalid',
    expression: `${value} == "" || ${value} in ${celList(choices)} || ${value} == ${old}`,
    message: `${field}: Unsupported value`,
    messageExpression: celUnsupportedText(celString(field), value, choices),
  };
}

const TIMEOUT = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';

export const POLICY_RULES: readonly MemberPolicyRule[] = [
  choiceRule({ name: 'import-type', field: 'spec.type', variable: 'type' }, ['ClusterSetIP', 'Headless']),
  emptyRule(
    { name: 'import-ports', variable: 'badNumbers', field: 'spec.ports' },
    `${itemField('ports', 'badNumbers', '.port: Invalid value: ')} + string(variables.badNumbers[0].port) + ` +
      '": must be between 1 and 65535, inclusive"',
  ),
  emptyRule(
    { name: 'import-ports', variable: 'badProtocols', field: 'spec.ports' },
    celUnsupportedText(itemField('ports', 'badProtocols', '.protocol'), CEL_PROTOCOL('variables.badProtocols[0]'), [
      'SCTP',
      'TCP',
      'UDP',
    ]),
  ),
  emptyRule(
    { name: 'import-ports', variable: 'badNames', field: 'spec.ports' },
    celInvalidText(
      itemField('ports', 'badNames', '.name'),
      'variables.badNames[0].name',
      celDnsLabelFault('variables.badNames[0].name'),
    ),
  ),
  emptyRule(
    { name: 'import-ports', variable: 'repeatedNames', field: 'spec.ports' },
    celDuplicateText(repeatedField('repeatedNames', '.name'), CEL_PORT_NAME(lastOf('repeatedNames'))),
  ),
  emptyRule(
    { name: 'import-ports', variable: 'repeatedEndpoints', field: 'spec.ports' },
    celDuplicateText(repeatedField('repeatedEndpoints', '.port'), CEL_ENDPOINT(lastOf('repeatedEndpoints'))),
  ),
  emptyRule(
    { name: 'import-families', variable: 'badFamilies', field: 'spec.ipFamilies' },
    celUnsupportedText(itemField('ipFamilies', 'badFamilies', ''), 'variables.badFamilies[0]', ['IPv4', 'IPv6']),
  ),
  {
    name: 'import-families',
    reason: 'FieldValueDuplicate',
    expression:
      'size(variables.ipFamilies) != 2 || variables.ipFamilies[0] != variables.ipFamilies[1] || ' +
      'variables.ipFamilies == variables.oldIpFamilies',
    message: 'spec.ipFamilies: Duplicate value',
    messageExpression: celDuplicateText('"spec.ipFamilies[1]"', 'variables.ipFamilies[1]'),
  },
  {
    name: 'import-ips',
    reason: 'FieldValueForbidden',
    expression:
      'variables.type != "Headless" || size(variables.ips) == 0 || ' +
      '(variables.oldType == "Headless" && size(variables.oldIps) > 0)',
    message: 'spec.ips: Forbidden: must be empty for Headless',
    messageExpression: undefined,
  },
  emptyRule(
    { name: 'import-ips', variable: 'badIps', field: 'spec.ips' },
    celInvalidText(itemField('ips', 'badIps', ''), 'variables.badIps[0]', '"must be a valid IP address"'),
  ),
  {
    name: 'import-ips',
    reason: 'FieldValueInvalid',
    expression:
      'size(variables.ips) != 2 || !variables.ips.all(ip, isIP(ip)) || ' +
      'ip(variables.ips[0]).family() != ip(variables.ips[1]).family() || variables.ips == variables.oldIps',
    message: 'spec.ips[1]: Invalid value: a second IP of one family',
    messageExpression: celInvalidText(
      '"spec.ips[1]"',
      'variables.ips[1]',
      '"a second IP of family IPv" + string(ip(variables.ips[1]).family())',
    ),
  },
  choiceRule({ name: 'import-affinity', field: 'spec.sessionAffinity', variable: 'affinity' }, ['ClientIP', 'None']),
  {
    name: 'import-affinity',
    reason: 'FieldValueInvalid',
    expression: '(variables.timeout >= 1 && variables.timeout <= 86400) || variables.timeout == variables.oldTimeout',
    message: `${TIMEOUT}: Invalid value: must be between 1 and 86400, inclusive`,
    messageExpression: `${celString(`${TIMEOUT}: Invalid value: `)} + string(variables.timeout) + ": must be between 1 and 86400, inclusive"`,
  },
  choiceRule({ name: 'import-traffic', field: 'spec.internalTrafficPolicy', variable: 'trafficPolicy' }, [
    'Cluster',
    'Local',
  ]),
  emptyRule(
    { name: 'import-status', variable: 'badClusters', field: 'status.clusters' },
    celInvalidText(
      celJoin('status.clusters[', { cel: 'string(variables.clusters.indexOf(variables.badClusters[0]))' }, '].cluster'),
      'variables.badClusters[0].cluster',
      celDnsLabelFault('variables.badClusters[0].cluster'),
    ),
  ),
  choiceRule({ name: 'import-status', field: 'status.endpointSliceObjects', variable: 'presence' }, [
    'Absent',
    'Present',
  ]),
];
