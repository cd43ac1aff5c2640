import { describe, expect, it, test } from 'vitest';
import { clusterId, ports, serviceExport } from '../../../test/support/clusterset-objects.ts';
import { exporter, KEY } from '../../../test/support/exporters.ts';
import type { Exporter } from '../exporter.ts';
import { type ClusterSetOptions, judgeKey } from '../key-derivation.ts';
import type { MemberContact } from './exports.ts';
import { CLUSTERS_SHOWN_MAX, PORTS_SHOWN_MAX, VALUE_CHARACTERS_MAX } from './limits.ts';
import { explainVerdict, type Provenance } from './provenance.ts';

const BLUE: ClusterSetOptions = { clusterSet: 'blue', ipFamilyMode: 'intersection' };
const AT = ['2026-01-05T10:00:00Z', '2026-01-05T10:01:00Z', '2026-01-05T10:02:00Z'] as const;

function explain(
  given: readonly Exporter[],
  contacts: Readonly<Record<string, MemberContact>> = {},
  options = BLUE,
): Provenance {
  const verdict = judgeKey(KEY, given, options);
  const provenance = explainVerdict(verdict, { options, contactOf: (cluster) => contacts[cluster] });
  if (provenance === undefined) throw new Error('somebody exports');
  return provenance;
}

function valueOf({ values = [] }: Provenance, field: string): unknown {
  return values.find((value) => value.field === field);
}

const http = (extra = ''): { ports: ReturnType<typeof ports> } => ({ ports: ports(`http TCP/80${extra}`) });

describe('exports', () => {
  it('come in the order of precedence, those that do not count among them, each with its reason', () => {
    const { exports, exportsCounted, exportsTotal, winner, clusterSet } = explain([
      exporter('west', { created: AT[1], spec: http() }, { clockSkewSeconds: 30 }),
      exporter('south', { created: AT[0] }, { service: undefined }),
      exporter('east', { created: AT[1], spec: http() }),
      exporter('north', { created: null, spec: http() }, { memberClusterSet: 'red', hasRow: false }),
      exporter('up', { created: AT[2] }, { unknownContent: 'services', service: undefined }),
    ]);
    expect([clusterSet, exportsTotal, exportsCounted]).toEqual(['blue', 5, 2]);
    expect(winner).toEqual({ cluster: 'east', because: `oldest export, ${AT[1]}, first by name` });
    expect(exports.map(({ cluster, rank, standing, reason }) => [cluster, rank, standing, reason])).toEqual([
      ['south', undefined, 'NotCounted', 'NoService'],
      ['east', 1, 'Winner', 'Valid'],
      ['west', 2, 'Agrees', 'Valid'],
      ['up', undefined, 'NotCounted', 'Pending'],
      ['north', undefined, 'NotCounted', 'OtherClusterSet'],
    ]);
    expect(exports.map(({ serviceExport: row }) => row)).toEqual([
      'south.api',
      'east.api',
      'west.api',
      'up.api',
      undefined,
    ]);
    expect(exports.map(({ clockSkewSeconds }) => clockSkewSeconds)).toEqual([
      undefined,
      undefined,
      30,
      undefined,
      undefined,
    ]);
    expect(exports[0]?.message).toBe('No Service "prod/api" in cluster "south".');
  });

  it('tell the state of their member, the last contact to the minute', () => {
    const lastContactMs = Date.parse('2026-01-05T12:34:56.789Z');
    const contacts = { east: { phase: 'stale', lastContactMs, reason: 'Unreachable', message: 'no route' } } as const;
    const [east, west] = explain(
      [exporter('east', { created: AT[0] }), exporter('west', { created: AT[1] })],
      contacts,
    ).exports;
    expect(east?.member).toEqual({
      phase: 'stale',
      lastContactTime: '2026-01-05T12:34:00Z',
      reason: 'Unreachable',
      message: 'no route',
    });
    expect(west?.member).toBeUndefined();
  });

  it('that nobody has are not explained', () => {
    expect(explainVerdict(judgeKey(KEY, [], BLUE), { options: BLUE, contactOf: () => undefined })).toBeUndefined();
  });

  it('that all do not count explain why there is no ServiceImport, and nothing else', () => {
    const provenance = explain([exporter('east', {}, { service: undefined })]);
    expect(Object.keys(provenance)).toEqual([
      'clusterSet',
      'exportsTotal',
      'exportsCounted',
      'exports',
      'exportsOmitted',
    ]);
    expect(provenance.exportsCounted).toBe(0);
  });

  it('above the limit are counted', () => {
    const many = Array.from({ length: CLUSTERS_SHOWN_MAX + 3 }, (_, index) =>
      exporter(`c${String(index).padStart(3, '0')}`, { spec: { ports: ports(index === 0 ? 'a TCP/1' : 'b TCP/1') } }),
    );
    const { exports, exportsOmitted, exportsTotal, ports: union, values } = explain(many);
    expect([exports.length, exportsOmitted, exportsTotal]).toEqual([CLUSTERS_SHOWN_MAX, 3, CLUSTERS_SHOWN_MAX + 3]);
    expect(union?.[0]).toMatchObject({ endpointsFromOmitted: 3 });
    expect(union?.[0]?.endpointsFrom).toHaveLength(CLUSTERS_SHOWN_MAX);
    expect(values?.[0]).toMatchObject({ field: 'ports', differingOmitted: 2 });
  });
});

describe('values', () => {
  it('name who set each one, why, and who declares what instead', () => {
    const provenance = explain([
      exporter('east', { created: AT[0], spec: http(), labels: { b: '1', a: '2' } }),
      exporter('west', {
        created: AT[1],
        spec: { ...http(), clusterIP: 'None', sessionAffinity: 'ClientIP', internalTrafficPolicy: 'Local' },
        labels: { a: '2', bad: 1 },
      }),
    ]);
    const because = `oldest export, ${AT[0]}`;
    expect(provenance.conflicts).toEqual([
      'TypeConflict',
      'SessionAffinityConflict',
      'InternalTrafficPolicyConflict',
      'LabelsConflict',
    ]);
    const differs = (field: string, value: string, other: string): void => {
      expect(valueOf(provenance, field)).toMatchObject({
        ...{ value, setBy: 'east', because, conflicting: true },
        differing: [{ cluster: 'west', value: other }],
      });
    };
    differs('type', 'ClusterSetIP', 'Headless');
    differs('sessionAffinity', 'None', 'ClientIP');
    differs('internalTrafficPolicy', 'Cluster', 'Local');
    differs('exportedLabels', 'a=2, b=1', 'a=2, bad=1');
    expect(valueOf(provenance, 'exportedAnnotations')).toMatchObject({
      ...{ value: 'none', conflicting: false, differing: [] },
    });
    expect(provenance.exports[1]?.differsIn).toEqual([
      'type',
      'sessionAffinity',
      'internalTrafficPolicy',
      'exportedLabels',
    ]);
  });

  it('show an affinity timeout where it counts, and what was written where it does not', () => {
    const config = { clientIP: { timeoutSeconds: 60 } };
    const affinity = { sessionAffinity: 'ClientIP', sessionAffinityConfig: config };
    const provenance = explain([
      exporter('east', { created: AT[0], spec: affinity }),
      exporter('west', { created: AT[1], spec: { sessionAffinity: 'ClientIP' } }),
    ]);
    expect(valueOf(provenance, 'sessionAffinityConfig')).toMatchObject({
      value: 'clientIP.timeoutSeconds 60',
      differing: [{ cluster: 'west', value: 'clientIP.timeoutSeconds 10800' }],
    });
    const odd = explain([exporter('east', { spec: { sessionAffinityConfig: config } })]);
    expect(valueOf(odd, 'sessionAffinityConfig')).toMatchObject({ value: '{"clientIP":{"timeoutSeconds":60}}' });
  });

  it('are cut', () => {
    const provenance = explain([exporter('east', { labels: { a: 'x' }, annotations: { a: 'y'.repeat(5000) } })]);
    const { value } = valueOf(provenance, 'exportedAnnotations') as { value: string };
    expect(value).toHaveLength(VALUE_CHARACTERS_MAX);
    expect(value).toMatch(/^a=y+…$/);
  });

  it('that are not passed on are told for every export that counts', () => {
    const { droppedMetadata } = explain([
      exporter('east', { created: AT[0], labels: { 'not a key': 'x', 'kubernetes.io/x': 'y' } }),
      exporter('west', { created: AT[1], annotations: { 'kubernetes.io/x': 'y' } }),
    ]);
    expect(droppedMetadata).toEqual([
      { cluster: 'east', field: 'exportedLabels', key: 'kubernetes.io/x', cause: 'reserved' },
      { cluster: 'east', field: 'exportedLabels', key: 'not a key', cause: 'not a label key' },
      { cluster: 'west', field: 'exportedAnnotations', key: 'kubernetes.io/x', cause: 'reserved' },
    ]);
  });
});

/** The rows of the KEP's port rules: what clusters declare, oldest first; who serves what; what is dropped. */
describe('ports', () => {
  test.each([
    {
      declared: ['http TCP/80', 'http TCP/80, https TCP/443'],
      served: ['http TCP/80: a b', 'https TCP/443: b'],
      dropped: [],
    },
    {
      declared: ['web TCP/80', 'web TCP/8080'],
      served: ['web TCP/80: a'],
      dropped: ['NameClash: Port web TCP/8080 of "b" cannot be reached: the name "web" means web TCP/80 of "a".'],
    },
    {
      declared: ['http TCP/80', 'web TCP/80'],
      served: ['http TCP/80: a b'],
      dropped: ['Alias: Port web TCP/80 of "b" is reached as http TCP/80, as the older export of "a" calls it.'],
    },
    {
      declared: ['TCP/80', 'TCP/443'],
      served: ['TCP/80: a'],
      dropped: ['NameClash: Port TCP/443 of "b" cannot be reached: having no name means TCP/80 of "a".'],
    },
    {
      declared: ['a TCP/80', 'b TCP/80, a TCP/81', 'b TCP/82'],
      served: ['a TCP/80: a b', 'b TCP/82: c'],
      dropped: [
        'Alias: Port b TCP/80 of "b" is reached as a TCP/80, as the older export of "a" calls it.',
        'NameClash: Port a TCP/81 of "b" cannot be reached: the name "a" means a TCP/80 of "a".',
      ],
    },
  ])('of $declared are served by $served', ({ declared, served, dropped }) => {
    const provenance = explain(
      declared.map((text, index) =>
        exporter(['a', 'b', 'c'][index] ?? '', { created: AT[index] ?? null, spec: { ports: ports(text) } }),
      ),
    );
    const textOf = (port: { name: string | undefined; protocol: string; port: number }): string =>
      `${port.name === undefined ? '' : `${port.name} `}${port.protocol}/${port.port}`;
    expect(provenance.ports?.map((port) => `${textOf(port)}: ${port.endpointsFrom.join(' ')}`)).toEqual(served);
    expect(provenance.droppedPorts?.map(({ type, message }) => `${type}: ${message}`)).toEqual(dropped);
  });

  it('of another appProtocol are served all the same, and told', () => {
    const { ports: union } = explain([
      exporter('east', { created: AT[0], spec: { ports: ports('http TCP/80 http') } }),
      exporter('west', { created: AT[1], spec: { ports: ports('http TCP/80 h2c') } }),
      exporter('north', { created: AT[2], spec: { ports: ports('http TCP/80') } }),
    ]);
    expect(union).toEqual([
      {
        ...{ name: 'http', protocol: 'TCP', port: 80, appProtocol: 'http', setBy: 'east' },
        endpointsFrom: ['east', 'west', 'north'],
        endpointsFromOmitted: undefined,
        differingAppProtocols: [
          { cluster: 'west', appProtocol: 'h2c' },
          { cluster: 'north', appProtocol: undefined },
        ],
      },
    ]);
  });

  it('above the limit are counted', () => {
    const text = (letter: string, count: number): string =>
      Array.from({ length: count }, (_, index) => `${letter}${index} TCP/${index + 1}`).join(', ');
    const provenance = explain([
      exporter('east', { created: AT[0], spec: { ports: ports(text('a', PORTS_SHOWN_MAX + 1)) } }),
      exporter('west', { created: AT[1], spec: { ports: ports(text('b', PORTS_SHOWN_MAX + 2)) } }),
    ]);
    expect([provenance.ports?.length, provenance.portsOmitted]).toEqual([PORTS_SHOWN_MAX, 2]);
    expect([provenance.droppedPorts?.length, provenance.droppedPortsOmitted]).toEqual([PORTS_SHOWN_MAX, 1]);
    expect(provenance.exports[1]).toMatchObject({ portsOmitted: 2 });
  });
});

describe('IP families', () => {
  const given = [
    exporter('east', { created: AT[0], spec: { ipFamilies: ['IPv4', 'IPv6'] } }),
    exporter('west', { created: AT[1], spec: { ipFamilies: ['IPv4'] } }),
    exporter('north', { created: AT[2], spec: { ipFamilies: ['IPv6'] } }),
  ];

  test.each([
    ['intersection', ['IPv4'], [false, false, true]],
    ['union', ['IPv4', 'IPv6'], [false, false, false]],
  ] as const)('in the mode %s are %s', (mode, families, skipped) => {
    const { ipFamilies } = explain(given, {}, { ...BLUE, ipFamilyMode: mode });
    expect(ipFamilies).toMatchObject({ mode, families, setBy: 'east' });
    expect(ipFamilies?.members.map((member) => member.skipped)).toEqual(skipped);
  });
});

describe('if the winner left', () => {
  it('the ServiceImport goes with its only export', () => {
    const provenance = explain([exporter('east', { spec: http() }), exporter('west', {}, { service: undefined })]);
    expect(provenance.ifWinnerLeft).toEqual({
      winner: undefined,
      serviceImport: 'Goes',
      changes: [],
      portsGained: [],
      portsLost: ['http TCP/80'],
      conflictsBegun: [],
      conflictsEnded: [],
    });
  });

  it('type, ports, labels and conflicts change as the next one wants', () => {
    const { ifWinnerLeft } = explain([
      exporter('east', { created: AT[0], spec: http(', grpc TCP/9000'), labels: { tier: 'gold' } }),
      exporter('north', { created: AT[1], spec: { ports: ports('web TCP/80'), clusterIP: 'None' } }),
      exporter('west', { created: AT[2], spec: { ports: ports('web TCP/80') } }),
    ]);
    expect(ifWinnerLeft).toEqual({
      winner: { cluster: 'north', because: `oldest export, ${AT[1]}` },
      serviceImport: 'Stays',
      changes: [
        { field: 'metadata.creationTimestamp', before: AT[0], after: AT[1] },
        { field: 'metadata.labels', before: '{"tier":"gold"}', after: undefined },
        { field: 'spec.ports', before: 'http TCP/80, grpc TCP/9000', after: 'web TCP/80' },
        { field: 'spec.type', before: 'ClusterSetIP', after: 'Headless' },
        { field: 'status.clusters', before: 'east, north, west', after: 'north, west' },
      ],
      portsGained: ['web TCP/80'],
      portsLost: ['http TCP/80', 'grpc TCP/9000'],
      conflictsBegun: [],
      conflictsEnded: ['PortConflict', 'LabelsConflict'],
    });
  });

  it('a conflict may end that only the winner caused', () => {
    const { ifWinnerLeft } = explain([
      exporter('east', { created: AT[0], spec: { ipFamilies: ['IPv4'] } }),
      exporter('north', { created: AT[1], spec: { ipFamilies: ['IPv4', 'IPv6'] } }),
      exporter('west', { created: AT[2], spec: { ipFamilies: ['IPv6'] } }),
    ]);
    // With east only IPv4 is left and west is skipped; without it only IPv6 is left, which all have.
    expect(ifWinnerLeft).toMatchObject({ conflictsBegun: [], conflictsEnded: ['IPFamilyConflict'] });
  });

  it('a conflict may begin that the winner hid', () => {
    const clientIp = (timeoutSeconds: number) => ({
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds } },
    });
    const { ifWinnerLeft } = explain([
      exporter('east', { created: AT[0] }),
      exporter('north', { created: AT[1], spec: clientIp(60) }),
      exporter('west', { created: AT[2], spec: clientIp(30) }),
    ]);
    expect(ifWinnerLeft).toMatchObject({
      conflictsBegun: ['SessionAffinityConfigConflict'],
      conflictsEnded: ['SessionAffinityConflict'],
    });
  });
});

test('an export that is being deleted does not count any more', () => {
  const deleting = exporter(
    'east',
    {},
    { serviceExport: serviceExport({ deletionTimestamp: AT[0] }), cluster: clusterId('east') },
  );
  expect(explain([deleting]).exports[0]).toMatchObject({ standing: 'NotCounted', reason: 'Terminating' });
});
