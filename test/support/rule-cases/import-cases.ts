import { LABEL_SYNTAX } from '../../../src/kube/label-syntax.ts';
import type { JsonObject, KubeObject } from '../../../src/kube/object.ts';
import type { RuleCase } from './rule-case.ts';

const { dnsLabelRule } = LABEL_SYNTAX;

/** A ServiceImport prod/api of the controllers. */
export function serviceImport(spec: JsonObject = {}, status?: JsonObject): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceImport',
    metadata: { name: 'api', namespace: 'prod' },
    spec: { type: 'ClusterSetIP', ports: [], ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

/** Written by a controller, so that nothing but the object is judged. */
function imported(name: string, spec: JsonObject, says: Partial<RuleCase> = {}): RuleCase {
  return { name, resource: 'serviceimports', object: serviceImport(spec), user: 'mcs', ...says };
}

function ports(name: string, items: readonly JsonObject[], says: Partial<RuleCase> = {}): RuleCase {
  return imported(name, { ports: items }, says);
}

const RANGE = 'must be between 1 and 65535, inclusive';
const HTTP = { name: 'http', protocol: 'TCP', port: 80 };

const PORTS: readonly RuleCase[] = [
  ports('good ports', [HTTP, { name: 'dns', protocol: 'UDP', port: 80 }, { port: 65_535 }]),
  ports('port 0', [HTTP, { name: 'a', port: 0 }], {
    invalid: `spec.ports[1].port: Invalid value: 0: ${RANGE}`,
    refusedBySchema: RANGE,
  }),
  ports('port 65536', [{ port: 65_536 }], {
    invalid: `spec.ports[0].port: Invalid value: 65536: ${RANGE}`,
    refusedBySchema: RANGE,
  }),
  ports('an unknown protocol', [{ port: 80, protocol: 'tcp' }], {
    invalid: 'spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
    refusedBySchema: 'Unsupported value: "tcp"',
  }),
  ports('a port name with a capital', [{ name: 'Http', port: 80 }], {
    invalid: `spec.ports[0].name: Invalid value: "Http": ${dnsLabelRule}`,
    refusedBySchema: 'should match',
  }),
  ports('a port name with a dot', [{ name: 'a.b', port: 80 }], {
    invalid: 'spec.ports[0].name: Invalid value: "a.b": must not contain dots',
    refusedBySchema: 'should match',
  }),
  ports('a port name that is too long', [{ name: 'a'.repeat(64), port: 80 }], {
    invalid: `spec.ports[0].name: Invalid value: "${'a'.repeat(64)}": must be no more than 63 bytes`,
    refusedBySchema: 'Too long',
  }),
  ports('two ports of one name', [HTTP, { ...HTTP, port: 81 }], {
    invalid: 'spec.ports[1].name: Duplicate value: "http"',
  }),
  ports('two ports without a name', [{ port: 80 }, { port: 81 }], {
    invalid: 'spec.ports[1].name: Duplicate value: ""',
  }),
  ports('two ports of one number', [HTTP, { name: 'web', port: 80 }], {
    invalid: 'spec.ports[1].port: Duplicate value: "TCP/80"',
  }),
  ports('bad ports that were there before', [{ port: 0 }], {
    oldObject: serviceImport({ ports: [{ port: 0 }] }),
  }),
  ports('repeated ports that were there before', [HTTP, { ...HTTP, port: 81 }], {
    oldObject: serviceImport({ ports: [HTTP, { ...HTTP, port: 81 }] }),
  }),
  ports('a bad port beside one that was there before', [{ port: 0 }, { name: 'a', port: -1 }], {
    oldObject: serviceImport({ ports: [{ port: 0 }] }),
    invalid: `spec.ports[1].port: Invalid value: -1: ${RANGE}`,
    refusedBySchema: RANGE,
  }),
];

const ADDRESSES: readonly RuleCase[] = [
  imported(
    'an unknown type',
    { type: 'ClusterIP' },
    {
      invalid: 'spec.type: Unsupported value: "ClusterIP": supported values: "ClusterSetIP", "Headless"',
      refusedBySchema: 'Unsupported value: "ClusterIP"',
    },
  ),
  imported('both families', { ipFamilies: ['IPv6', 'IPv4'], ips: ['fd00::1', '10.0.0.1'] }),
  imported(
    'a family twice',
    { ipFamilies: ['IPv4', 'IPv4'] },
    {
      invalid: 'spec.ipFamilies[1]: Duplicate value: "IPv4"',
      refusedBySchema: 'must not name a family twice',
    },
  ),
  imported(
    'a family that does not exist',
    { ipFamilies: ['IPv5'] },
    {
      invalid: 'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
      refusedBySchema: 'must be IPv4 or IPv6',
    },
  ),
  imported(
    'IPs of a headless import',
    { type: 'Headless', ips: ['10.0.0.1'] },
    {
      invalid: 'spec.ips: Forbidden: must be empty for Headless',
      refusedBySchema: 'must be empty for Headless',
    },
  ),
  imported(
    'an import that becomes headless but keeps its IPs',
    { type: 'Headless', ips: ['10.0.0.1'] },
    {
      oldObject: serviceImport({ ips: ['10.0.0.1'] }),
      invalid: 'spec.ips: Forbidden: must be empty for Headless',
      refusedBySchema: 'must be empty for Headless',
    },
  ),
  ...['10.0.0', '010.0.0.1', 'fe80::1%eth0', '::ffff:10.0.0.1', '::ffff:a00:1', ''].map((ip) =>
    imported(
      `the IP "${ip}"`,
      { ips: [ip] },
      {
        invalid: `spec.ips[0]: Invalid value: "${ip}": must be a valid IP address`,
      },
    ),
  ),
  imported('an IP of a translated network', { ips: ['64:ff9b::10.0.0.1'] }),
  imported(
    'two IPs of one family',
    { ips: ['10.0.0.1', '10.0.0.2'] },
    {
      invalid: 'spec.ips[1]: Invalid value: "10.0.0.2": a second IP of family IPv4',
    },
  ),
  imported(
    'IPs in another order than the families',
    { ipFamilies: ['IPv4', 'IPv6'], ips: ['fd00::1', '10.0.0.1'] },
    {
      warnings: ['spec.ips[0] is IPv6 but spec.ipFamilies[0] is not'],
    },
  ),
  imported(
    'more families than IPs',
    { ipFamilies: ['IPv4', 'IPv6'], ips: ['10.0.0.1'] },
    {
      warnings: ['spec.ips has 1 and spec.ipFamilies 2: they should agree'],
    },
  ),
];

const TIMEOUT = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
const SECONDS = 'must be between 1 and 86400, inclusive';

const affinity = (timeoutSeconds: number): JsonObject => ({
  sessionAffinity: 'ClientIP',
  sessionAffinityConfig: { clientIP: { timeoutSeconds } },
});

const TRAFFIC: readonly RuleCase[] = [
  imported('an affinity', affinity(86_400)),
  imported(
    'an unknown affinity',
    { sessionAffinity: 'Cookie' },
    {
      invalid: 'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"',
      refusedBySchema: 'must be ClientIP or None',
    },
  ),
  imported('a timeout of 0', affinity(0), {
    invalid: `${TIMEOUT}: Invalid value: 0: ${SECONDS}`,
    refusedBySchema: SECONDS,
  }),
  imported('a timeout of more than a day', affinity(86_401), {
    invalid: `${TIMEOUT}: Invalid value: 86401: ${SECONDS}`,
    refusedBySchema: SECONDS,
  }),
  imported(
    'a timeout without an affinity',
    { ...affinity(60), sessionAffinity: 'None' },
    {
      warnings: [`${TIMEOUT} has no effect: spec.sessionAffinity is not ClientIP`],
    },
  ),
  imported(
    'an unknown traffic policy',
    { internalTrafficPolicy: 'Zone' },
    {
      invalid: 'spec.internalTrafficPolicy: Unsupported value: "Zone": supported values: "Cluster", "Local"',
      refusedBySchema: 'must be Cluster or Local',
    },
  ),
  imported(
    'an unknown traffic policy that was there before',
    { internalTrafficPolicy: 'Zone', ports: [HTTP] },
    {
      oldObject: serviceImport({ internalTrafficPolicy: 'Zone' }),
    },
  ),
  imported(
    'an unknown distribution',
    { trafficDistribution: 'Near' },
    {
      warnings: ['spec.trafficDistribution "Near" is not known: it may have no effect'],
    },
  ),
  imported('known hints', { trafficDistribution: 'PreferSameNode', internalTrafficPolicy: 'Local' }),
];

function status(name: string, clusters: readonly string[], says: Partial<RuleCase> = {}): RuleCase {
  const object = serviceImport(
    {},
    { clusters: clusters.map((cluster) => ({ cluster })), endpointSliceObjects: 'Present' },
  );
  return {
    name,
    resource: 'serviceimports',
    subresource: 'status',
    oldObject: serviceImport(),
    object,
    user: 'mcs',
    ...says,
  };
}

const STATUSES: readonly RuleCase[] = [
  status('good cluster ids', ['east', 'west-1']),
  status('a cluster id with dots', ['east', 'a.b'], {
    invalid: 'status.clusters[1].cluster: Invalid value: "a.b": must not contain dots',
  }),
  status('an unknown presence of slices', ['east'], {
    object: serviceImport({}, { endpointSliceObjects: 'Some' }),
    invalid: 'status.endpointSliceObjects: Unsupported value: "Some": supported values: "Absent", "Present"',
    refusedBySchema: 'Unsupported value: "Some"',
  }),
  status('a cluster id with a capital', ['East'], {
    invalid: `status.clusters[0].cluster: Invalid value: "East": ${dnsLabelRule}`,
  }),
];

const NOBODY = 'ServiceImports are written by the MCS implementation only; create a ServiceExport instead';

const WRITERS: readonly RuleCase[] = [
  imported('an import by nobody', {}, { user: 'jane', forbidden: NOBODY }),
  imported('an update by nobody', { ports: [HTTP] }, { user: 'jane', oldObject: serviceImport(), forbidden: NOBODY }),
  status('a status by nobody', ['east'], { user: 'jane', forbidden: NOBODY }),
  { name: 'a deletion by nobody', resource: 'serviceimports', oldObject: serviceImport(), forbidden: NOBODY },
  { name: 'a deletion by an administrator', resource: 'serviceimports', oldObject: serviceImport(), user: 'root' },
];

export const IMPORT_CASES: readonly RuleCase[] = [...PORTS, ...ADDRESSES, ...TRAFFIC, ...STATUSES, ...WRITERS];
