import { celField, celIsDnsLabel } from '../cel-text.ts';
import type { CelVariables } from '../cel-rule-source.ts';

/** Ports of one import among which repetitions are looked for: beyond, it would keep kube-apiserver busy for seconds. */
const REPEATED_PORTS_MAX = 500;

const NEW = 'variables.spec';
const OLD = 'variables.oldSpec';

export const CEL_PROTOCOL = (port: string): string =>
  `(has(${port}.protocol) && ${port}.protocol != "" ? ${port}.protocol : "TCP")`;
export const CEL_ENDPOINT = (port: string): string => `(${CEL_PROTOCOL(port)} + "/" + string(${port}.port))`;
export const CEL_PORT_NAME = (port: string): string => celField(port, 'name', '""');

/** Items that are wrong and were not there before. */
function bad(list: string, condition: string): string {
  return `variables.${list}.filter(item, !(item in variables.old${upperFirst(list)}) && ${condition})`;
}

/** Ports that have something in common with another one, unless two of the old ones had it. */
function repeated(common: string, list: string): string {
  const among = (all: string): string => `${all}.indexOf(${common}) != ${all}.lastIndexOf(${common})`;
  const [all, old] = [`variables.${list}`, `variables.old${upperFirst(list)}`];
  const found = `variables.ports.filter(item, ${among(all)} && !(${among(old)}))`;
  return `size(variables.ports) > ${REPEATED_PORTS_MAX} ? [] : ${found}`;
}

/** One text for each port. */
function texts(name: string, ports: string, text: (port: string) => string): CelVariables[number] {
  return { name, expression: `variables.${ports}.map(item, ${text('item')})` };
}

function upperFirst(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}

/** Evaluated when they are read first. The lists hold whole items: their place is that of an equal item. */
export const POLICY_VARIABLES: CelVariables = [
  { name: 'spec', expression: 'has(object.spec) ? object.spec : {}' },
  {
    name: 'oldSpec',
    expression: "request.operation == 'UPDATE' && has(oldObject.spec) ? oldObject.spec : {}",
  },
  { name: 'status', expression: 'has(object.status) ? object.status : {}' },
  {
    name: 'oldStatus',
    expression: "request.operation == 'UPDATE' && has(oldObject.status) ? oldObject.status : {}",
  },
  { name: 'type', expression: celField(NEW, 'type', '""') },
  { name: 'oldType', expression: celField(OLD, 'type', '""') },
  { name: 'ports', expression: celField(NEW, 'ports', '[]') },
  { name: 'oldPorts', expression: celField(OLD, 'ports', '[]') },
  { name: 'badNumbers', expression: bad('ports', '(item.port < 1 || item.port > 65535)') },
  { name: 'badProtocols', expression: bad('ports', `!(${CEL_PROTOCOL('item')} in ["SCTP", "TCP", "UDP"])`) },
  {
    name: 'badNames',
    expression: bad('ports', `${CEL_PORT_NAME('item')} != "" && !${celIsDnsLabel(CEL_PORT_NAME('item'))}`),
  },
  texts('names', 'ports', CEL_PORT_NAME),
  texts('oldNames', 'oldPorts', CEL_PORT_NAME),
  texts('endpoints', 'ports', CEL_ENDPOINT),
  texts('oldEndpoints', 'oldPorts', CEL_ENDPOINT),
  { name: 'repeatedNames', expression: repeated(CEL_PORT_NAME('item'), 'names') },
  { name: 'repeatedEndpoints', expression: repeated(CEL_ENDPOINT('item'), 'endpoints') },
  { name: 'ipFamilies', expression: celField(NEW, 'ipFamilies', '[]') },
  { name: 'oldIpFamilies', expression: celField(OLD, 'ipFamilies', '[]') },
  { name: 'badFamilies', expression: bad('ipFamilies', '!(item in ["IPv4", "IPv6"])') },
  { name: 'ips', expression: celField(NEW, 'ips', '[]') },
  { name: 'oldIps', expression: celField(OLD, 'ips', '[]') },
  { name: 'badIps', expression: bad('ips', '!isIP(item)') },
  { name: 'affinity', expression: celField(NEW, 'sessionAffinity', '""') },
  { name: 'oldAffinity', expression: celField(OLD, 'sessionAffinity', '""') },
  { name: 'timeout', expression: timeoutOf(NEW) },
  { name: 'oldTimeout', expression: timeoutOf(OLD) },
  { name: 'trafficPolicy', expression: celField(NEW, 'internalTrafficPolicy', '""') },
  { name: 'oldTrafficPolicy', expression: celField(OLD, 'internalTrafficPolicy', '""') },
  { name: 'clusters', expression: celField('variables.status', 'clusters', '[]') },
  { name: 'oldClusters', expression: celField('variables.oldStatus', 'clusters', '[]') },
  { name: 'presence', expression: celField('variables.status', 'endpointSliceObjects', '""') },
  { name: 'oldPresence', expression: celField('variables.oldStatus', 'endpointSliceObjects', '""') },
  { name: 'badClusters', expression: bad('clusters', `!${celIsDnsLabel('item.cluster')}`) },
];

/** 1 where there is none: nothing is wrong with that. */
function timeoutOf(spec: string): string {
  const config = `${spec}.sessionAffinityConfig`;
  return `has(${config}) && has(${config}.clientIP) && has(${config}.clientIP.timeoutSeconds) ? ${config}.clientIP.timeoutSeconds : 1`;
}
