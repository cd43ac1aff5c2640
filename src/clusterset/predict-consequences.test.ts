import { describe, expect, it } from 'vitest';
import { clusterId, ports } from '../../test/support/clusterset-objects.ts';
import { type Change, NOW_MS, predict, predicted, statusOf } from '../../test/support/consequences.ts';
import { CONSEQUENCE_BYTES_MAX, CONSEQUENCES_BYTES_MAX } from './consequence.ts';

interface Row extends Change {
  readonly name: string;
  readonly texts: readonly string[];
}

const http = { spec: { ports: ports('http TCP/80') } };
const headless = { spec: { ...http.spec, clusterIP: 'None' } };
const sameName = 'notice: prod/api is also exported by east: same name means same service';
const youngest =
  'notice: this export of prod/api is the youngest: it may add ports and change IP families, east (oldest) decides the rest';

/** east exports http TCP/80 and west begins to export something else. */
const joining = (spec: object, east: object = {}): Change => ({
  before: { east: { spec: { ...http.spec, ...east } } },
  after: { east: { spec: { ...http.spec, ...east } }, west: { spec: { ...http.spec, ...spec } } },
});

const JOINING: readonly Row[] = [
  {
    name: 'the first export of a name',
    before: {},
    after: { west: { spec: { ports: ports('http TCP/80, grpc TCP/9000') } } },
    texts: ['notice: prod/api will be imported in 7 clusters as ClusterSetIP with http TCP/80, grpc TCP/9000'],
  },
  { name: 'a new export that agrees', ...joining({}), texts: [sameName, youngest] },
  {
    name: 'a new export of the same second, whose cluster comes later by name',
    before: { east: { created: '2026-01-09T15:00:00Z' } },
    after: { east: { created: '2026-01-09T15:00:00Z' }, west: { created: '2026-01-09T15:00:00Z' } },
    texts: [sameName, 'notice: this export of prod/api is as old as that of east: the cluster name decides, east wins'],
  },
  {
    name: 'a new export of the same second, whose cluster comes first by name',
    before: { west: { created: '2026-01-09T15:00:00Z', ...headless } },
    after: {
      west: { created: '2026-01-09T15:00:00Z', ...headless },
      east: { created: '2026-01-09T15:00:00Z', ...http },
    },
    cluster: 'east',
    texts: [
      'change: east becomes the winner of prod/api: oldest export, 2026-01-09T15:00:00Z',
      'change: prod/api becomes ClusterSetIP in 7 clusters: east is the oldest',
      'conflict: TypeConflict expected: type is ClusterSetIP here (oldest, first by name), Headless in west',
      'notice: prod/api is also exported by west: same name means same service',
      'notice: this export of prod/api is as old as that of west: the cluster name decides, east wins',
    ],
  },
  {
    name: 'a new export where members lack the namespace',
    ...joining({}),
    context: { withoutNamespace: ['north', 'south'].map(clusterId) },
    texts: [sameName, youngest, 'notice: prod exists in 5 of 7 clusters; no import in north, south'],
  },
  {
    name: 'a new export while a member was not read',
    ...joining({}),
    context: { unread: [clusterId('north')] },
    texts: [sameName, youngest, 'notice: not read yet: north; an export of prod/api there is not counted'],
  },
  {
    name: 'a new export without a Service',
    before: {},
    after: { west: { more: { service: undefined } } },
    texts: ['invalid: prod/api will not be exported from west (NoService): No Service "prod/api" in cluster "west".'],
  },
  {
    name: 'a new export of an ExternalName Service beside a valid export',
    before: { east: http },
    after: { east: http, west: { spec: { type: 'ExternalName' } } },
    texts: [
      'invalid: prod/api will not be exported from west (InvalidServiceType): Service type ExternalName cannot be exported.',
    ],
  },
  {
    name: 'a new export whose labels are not passed on',
    before: {},
    after: { west: { ...http, labels: { 'kubernetes.io/x': '1', 'a b': '2', tier: 'gold' } } },
    texts: [
      'notice: not passed on: exportedLabels a b (not a label key), exportedLabels kubernetes.io/x (reserved)',
      'notice: prod/api will be imported in 7 clusters as ClusterSetIP with http TCP/80',
    ],
  },
];

const CONFLICTS: readonly Row[] = [
  {
    name: 'one port name for two ports',
    ...joining({ ports: ports('http TCP/8080') }),
    texts: ['conflict: PortConflict expected: http is TCP/80 in east (oldest), TCP/8080 here', sameName, youngest],
  },
  {
    name: 'one port under two names',
    ...joining({ ports: ports('web TCP/80') }),
    texts: ['conflict: PortConflict expected: TCP/80 is http in east (oldest), web here', sameName, youngest],
  },
  {
    name: 'another appProtocol',
    ...joining({ ports: ports('http TCP/80 h2c') }),
    texts: [
      'conflict: PortConflict expected: appProtocol of TCP/80 is none in east (oldest), h2c here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'a port more and a port less',
    ...joining({ ports: ports('grpc TCP/9000') }),
    texts: [
      'change: prod/api gains port grpc TCP/9000 in 7 clusters',
      'conflict: PortConflict expected: grpc TCP/9000 only here; http TCP/80 only in east (oldest)',
      sameName,
      youngest,
    ],
  },
  {
    name: 'a port that clashes with one of an older export that is not the winner',
    before: { east: http, north: { spec: { ports: ports('http TCP/80, web TCP/81') } } },
    after: {
      east: http,
      north: { spec: { ports: ports('http TCP/80, web TCP/81') } },
      west: { spec: { ports: ports('http TCP/80, web TCP/82') } },
    },
    texts: [
      'conflict: PortConflict expected: web is TCP/81 in north (older), TCP/82 here; web TCP/82 only here; 2 of 3 clusters differ',
      'notice: prod/api is also exported by east, north: same name means same service',
      youngest,
    ],
  },
  {
    name: 'a port that is declared twice',
    before: {},
    after: { west: { spec: { ports: ports('http TCP/80, http TCP/80') } } },
    texts: ['notice: prod/api will be imported in 7 clusters as ClusterSetIP with http TCP/80'],
  },
  {
    name: 'another type',
    ...joining({ clusterIP: 'None' }),
    texts: [
      'conflict: TypeConflict expected: type is ClusterSetIP in east (oldest), Headless here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'another session affinity',
    ...joining({ sessionAffinity: 'ClientIP' }),
    texts: [
      'conflict: SessionAffinityConflict expected: sessionAffinity is None in east (oldest), ClientIP here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'another affinity timeout, one by default',
    ...joining(
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } },
      { sessionAffinity: 'ClientIP' },
    ),
    texts: [
      'conflict: SessionAffinityConfigConflict expected: clientIP.timeoutSeconds is 10800 in east (oldest), 60 here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'another internal traffic policy',
    ...joining({ internalTrafficPolicy: 'Local' }),
    texts: [
      'conflict: InternalTrafficPolicyConflict expected: internalTrafficPolicy is Cluster in east (oldest), Local here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'another traffic distribution',
    ...joining({ trafficDistribution: 'PreferSameNode' }),
    texts: [
      'conflict: TrafficDistributionConflict expected: trafficDistribution is none in east (oldest), PreferSameNode here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'disjoint IP families',
    ...joining({ ipFamilies: ['IPv6'] }, { ipFamilies: ['IPv4'] }),
    texts: ['conflict: IPFamilyConflict expected: ipFamilies is IPv4 in east (oldest), IPv6 here', sameName, youngest],
  },
  {
    name: 'other exported labels, reduced to what differs',
    before: { east: { ...http, labels: { tier: 'gold', team: 'a' } } },
    after: {
      east: { ...http, labels: { tier: 'gold', team: 'a' } },
      west: { ...http, labels: { tier: 'silver', team: 'a' } },
    },
    texts: [
      'conflict: LabelsConflict expected: exportedLabels has tier=gold in east (oldest), tier=silver here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'exported annotations that only one has',
    before: { east: http },
    after: { east: http, west: { ...http, annotations: { note: 'x' } } },
    texts: [
      'conflict: AnnotationsConflict expected: exportedAnnotations has none in east (oldest), note=x here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'a change of the winner with which two others disagree',
    before: { east: http, north: http, west: http },
    after: { east: { spec: { ...http.spec, internalTrafficPolicy: 'Local' } }, north: http, west: http },
    cluster: 'east',
    texts: [
      'change: changes internalTrafficPolicy of prod/api in 7 clusters: Local instead of Cluster; this export is the oldest',
      'conflict: InternalTrafficPolicyConflict expected: internalTrafficPolicy is Local here (oldest), Cluster in north; 2 of 3 clusters differ',
    ],
  },
  {
    name: 'other labels of an export that is not the winner',
    before: { east: http, west: { ...http, labels: { tier: 'a' } } },
    after: { east: http, west: { ...http, labels: { tier: 'b' } } },
    texts: ['notice: LabelsConflict remains: exportedLabels has none in east (oldest), tier=b here'],
  },
  {
    name: 'a new export that agrees with the winner where another does not',
    before: { east: http, north: headless },
    after: { east: http, north: headless, west: http },
    texts: [
      'notice: prod/api is also exported by east, north: same name means same service',
      youngest,
      'notice: TypeConflict remains: type is ClusterSetIP in east (oldest), Headless in north',
    ],
  },
];

const CHANGES: readonly Row[] = [
  {
    name: 'a change of type of the only exporter',
    before: { west: headless },
    after: { west: http },
    texts: ['change: prod/api becomes ClusterSetIP in 7 clusters: this export is the oldest'],
  },
  {
    name: 'another type of the only exporter, which costs the VIPs',
    before: { west: http },
    after: { west: headless },
    texts: ['removal: prod/api becomes Headless in 7 clusters, its VIPs go: this export is the oldest'],
  },
  {
    name: 'ports that come, go, and are called otherwise',
    before: { west: { spec: { ports: ports('http TCP/80, metrics TCP/9090, dns UDP/53, a TCP/1') } } },
    after: { west: { spec: { ports: ports('web TCP/80, grpc TCP/9000, dns UDP/53 x, a TCP/1') } } },
    texts: [
      'removal: prod/api loses port metrics TCP/9090 in 7 clusters',
      'change: prod/api gains port grpc TCP/9000 in 7 clusters',
      'change: prod/api renames port TCP/80 from http to web in 7 clusters',
      'change: prod/api changes the appProtocol of UDP/53 from none to x in 7 clusters',
    ],
  },
  {
    name: 'an affinity, whose timeout comes with it',
    before: { west: http },
    after: { west: { spec: { ...http.spec, sessionAffinity: 'ClientIP' } } },
    texts: [
      'change: changes sessionAffinity of prod/api in 7 clusters: ClientIP instead of None; this export is the oldest',
    ],
  },
  {
    name: 'another timeout of an affinity',
    before: { west: { spec: { ...http.spec, sessionAffinity: 'ClientIP' } } },
    after: {
      west: {
        spec: {
          ...http.spec,
          sessionAffinity: 'ClientIP',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
        },
      },
    },
    texts: [
      'change: changes clientIP.timeoutSeconds of prod/api in 7 clusters: 60 instead of 10800; this export is the oldest',
    ],
  },
  {
    name: 'labels of the winner',
    before: { west: { ...http, labels: { tier: 'gold' } } },
    after: { west: { ...http, labels: {} } },
    texts: ['change: changes labels of prod/api in 7 clusters: none instead of tier=gold; this export is the oldest'],
  },
  {
    name: 'families that shrink without a conflict',
    ...joining({ ipFamilies: ['IPv4'] }, { ipFamilies: ['IPv4', 'IPv6'] }),
    texts: ['removal: prod/api loses IPv6 in 7 clusters: this cluster has only IPv4', sameName, youngest],
  },
  {
    name: 'families that grow and conflict in the mode union',
    ...joining({ ipFamilies: ['IPv4', 'IPv6'] }, { ipFamilies: ['IPv4'] }),
    mode: 'union',
    texts: [
      'change: prod/api gains IPv6 in 7 clusters',
      'conflict: IPFamilyConflict expected: ipFamilies is IPv4 in east (oldest), IPv4, IPv6 here',
      sameName,
      youngest,
    ],
  },
  {
    name: 'another preferred family',
    before: { west: { spec: { ipFamilies: ['IPv4', 'IPv6'] } } },
    after: { west: { spec: { ipFamilies: ['IPv6', 'IPv4'] } } },
    texts: ['change: prod/api prefers IPv6, IPv4 over IPv4, IPv6 in 7 clusters: this export is the oldest'],
  },
  {
    name: 'families that are not known yet',
    before: { west: { spec: { ipFamilies: ['IPv4'] } } },
    after: { west: { spec: {} } },
    texts: ['notice: IP families of prod/api are unknown, not IPv4, in 7 clusters'],
  },
  {
    name: 'labels that are passed on now',
    before: { west: { ...http, labels: { 'kubernetes.io/x': '1' } } },
    after: { west: http },
    texts: ['notice: all exported labels and annotations may be passed on now'],
  },
  {
    name: 'a conflict that ends',
    before: { east: http, west: headless },
    after: { east: http, west: http },
    texts: ['notice: TypeConflict ends: east, west agree'],
  },
];

const REMOVALS: readonly Row[] = [
  {
    name: 'the last exporter',
    before: { west: http },
    after: {},
    texts: ['removal: last exporter: imports and VIPs of prod/api in 7 clusters will be deleted'],
  },
  {
    name: 'the last exporter of a headless Service, in the one cluster',
    before: { west: headless },
    after: {},
    context: { clusters: 1 },
    texts: ['removal: last exporter: imports of prod/api in 1 cluster will be deleted'],
  },
  {
    name: 'the winner, with what only it had',
    before: {
      east: { spec: { ...headless.spec, ports: ports('http TCP/80, metrics TCP/9090') }, labels: { tier: 'gold' } },
      north: http,
      west: http,
    },
    after: { north: http, west: http },
    cluster: 'east',
    texts: [
      'change: east no longer exports prod/api: north, west still export it',
      'change: north becomes the winner of prod/api: next oldest export, 2026-01-06T10:00:00Z',
      'change: prod/api becomes ClusterSetIP in 7 clusters: north is next oldest',
      'removal: prod/api loses port metrics TCP/9090 in 7 clusters',
      'change: changes labels of prod/api in 7 clusters: none instead of tier=gold; north is next oldest',
      'notice: recreating this export of prod/api makes it the youngest: north stays the winner',
      'notice: PortConflict ends: north, west agree',
      'notice: TypeConflict ends: north, west agree',
      'notice: LabelsConflict ends: north, west agree',
    ],
  },
  {
    name: 'the Service of one of two exports, which keeps the age of the export',
    before: { east: http, west: http },
    after: { east: http, west: { ...http, more: { service: undefined } } },
    texts: [
      'invalid: prod/api will not be exported from west (NoService): No Service "prod/api" in cluster "west".',
      'change: west no longer exports prod/api: east still exports it',
    ],
  },
  {
    name: 'the Service of the last export',
    before: { west: http },
    after: { west: { ...http, more: { service: undefined } } },
    texts: [
      'invalid: prod/api will not be exported from west (NoService): No Service "prod/api" in cluster "west".',
      'removal: last exporter: imports and VIPs of prod/api in 7 clusters will be deleted',
    ],
  },
  {
    name: 'an export that did not count',
    before: { east: http, west: { more: { service: undefined } } },
    after: { east: http },
    texts: ['notice: this export of prod/api does not count (NoService): no import changes'],
  },
  {
    name: 'an export that begins to be deleted',
    before: { east: http, west: http },
    after: { east: http, west: { ...http, metadata: { deletionTimestamp: '2026-01-09T15:00:00Z' } } },
    texts: ['change: west no longer exports prod/api: east still exports it'],
  },
];

describe.each([
  ['a new export', JOINING],
  ['a predicted conflict', CONFLICTS],
  ['a change', CHANGES],
  ['a removal', REMOVALS],
])('predictConsequences of %s', (_what, rows) => {
  it.each(rows)('tells of $name', ({ texts, ...change }) => {
    expect(predicted(change)).toEqual(texts);
  });
});

describe('predictConsequences', () => {
  it('says nothing where nothing differs', () => {
    const shapes = { east: http, north: headless, west: { more: { service: undefined } } };
    const context = { unread: [clusterId('up')], withoutNamespace: [clusterId('south')] };
    expect(predict({ before: shapes, after: shapes, context })).toEqual([]);
  });

  it('marks what rests on members that are not live, and only that', () => {
    const lastContactMs = Date.UTC(2026, 0, 9, 14, 2, 59);
    const context = {
      statusOf: (cluster: string) => statusOf(cluster, cluster === 'east' ? { phase: 'stale', lastContactMs } : {}),
    };
    expect(predicted({ ...joining({ clusterIP: 'None' }), context })).toEqual([
      'conflict: TypeConflict expected: type is ClusterSetIP in east (oldest), Headless here (east last seen 14:02Z)',
      `${sameName} (east last seen 14:02Z)`,
      `${youngest} (east last seen 14:02Z)`,
    ]);
    expect(predicted({ before: { west: http }, after: {}, context })).toHaveLength(1);
    expect(predicted({ before: { west: http }, after: {}, context }).join()).not.toContain('last seen');
  });

  it.each([
    [{ phase: 'stale', lastContactMs: NOW_MS - 24 * 3600_000 } as const, ' (east last seen 2026-01-08T15:00Z)'],
    [{ phase: 'pending', lastContactMs: undefined } as const, ' (east never seen)'],
    [{ phase: 'left', lastContactMs: 0 } as const, ''],
    [{ phase: 'live', lastContactMs: 0 } as const, ''],
  ])('says how stale %j is', (status, mark) => {
    const context = { statusOf: (cluster: string) => statusOf(cluster, status) };
    const change = { before: { east: http }, after: { east: http, west: http }, context };
    expect(predicted(change)[0]).toBe(sameName + mark);
  });

  it('names two stale members and counts the others', () => {
    const context = { statusOf: (cluster: string) => statusOf(cluster, { phase: 'stale' }) };
    const before = { east: http, north: http, south: http };
    expect(predicted({ before, after: { ...before, west: http }, context })[0]).toMatch(
      / \(east never seen, north never seen and 1 more stale\)$/,
    );
  });

  it('keeps each text below 256 bytes of printable ASCII whatever members write, the mark of staleness included', () => {
    const long = 'ü\n"\\x'.repeat(2000);
    const names = Array.from({ length: 100 }, (_, index) => `n${'a'.repeat(55)}${index} TCP/${index + 1}`).join(', ');
    const east = {
      spec: { ...headless.spec, ports: ports(names) },
      annotations: { [long]: long },
      labels: { a: long },
    };
    const context = {
      statusOf: (cluster: string) => statusOf(cluster, { phase: 'stale', lastContactMs: 0 }),
      withoutNamespace: Array.from({ length: 90 }, (_, index) => clusterId(`c${'x'.repeat(58)}${index}`)),
    };
    const messages = [
      ...predict({ ...{ before: { east }, after: { east, west: http } }, context }),
      ...predict({ ...{ before: { east, west: http }, after: { west: http } }, cluster: 'east', context }),
    ].map(({ message }) => message);
    expect(messages.length).toBeGreaterThan(10);
    for (const message of messages) {
      expect(message).toMatch(/^[\x20-\x7e]+$/);
      expect(message.length).toBeLessThanOrEqual(CONSEQUENCE_BYTES_MAX);
    }
    expect(messages.filter((message) => message.endsWith('1970-01-01T00:00Z)')).length).toBeGreaterThan(5);
  });

  it('leaves to admission rules what they find out themselves', () => {
    const context = { toldByRules: true, withoutNamespace: [clusterId('north')] };
    expect(predicted({ before: {}, after: { west: { more: { service: undefined } } }, context })).toEqual([]);
    expect(predicted({ ...joining({}), context })).toEqual([sameName, youngest]);
    const otherSet = { more: { unknownContent: 'services' as const } };
    expect(predicted({ before: {}, after: { west: otherSet }, context })).toEqual([
      'notice: prod/api will not be exported from west (Pending): The Services of cluster "west" have not been read yet.',
    ]);
  });

  it('keeps all texts together within the limit of a response', () => {
    expect(CONSEQUENCE_BYTES_MAX).toBeLessThan(256);
    expect(CONSEQUENCES_BYTES_MAX).toBe(4096);
  });
});
