import { describe, expect, it } from 'vitest';
import { ports } from '../../../test/support/clusterset-objects.ts';
import { exporter, KEY } from '../../../test/support/exporters.ts';
import { explainVerdict, judgeKey } from '../../clusterset/index.ts';
import type { Exporter, MemberContact } from '../../clusterset/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { provenanceText } from './provenance-text.ts';

const NOW_MS = Date.parse('2026-01-08T10:00:00Z');
const OPTIONS = { clusterSet: 'blue', ipFamilyMode: 'intersection' } as const;
const AT = ['2026-01-05T10:00:00Z', '2026-01-06T10:00:00Z', '2026-01-07T10:00:00Z'] as const;

/** The text of an answer as a client gets it. */
function textOf(given: readonly Exporter[], contacts: Readonly<Record<string, MemberContact>> = {}): string {
  const context = { options: OPTIONS, contactOf: (cluster: string) => contacts[cluster] };
  const answer = { metadata: KEY, ...explainVerdict(judgeKey(KEY, given, OPTIONS), context) };
  return provenanceText(JSON.parse(JSON.stringify(answer)) as JsonObject, NOW_MS);
}

const live: MemberContact = { phase: 'live', lastContactMs: NOW_MS, reason: undefined, message: undefined };

describe('a provenance for people', () => {
  it('shows who wins and why, who differs, who serves what, and what would change', () => {
    const text = textOf(
      [
        exporter('east', { created: AT[0], spec: { ports: ports('http TCP/80, metrics TCP/9090') } }),
        exporter(
          'west',
          {
            created: AT[1],
            spec: { ports: ports('web TCP/80 h2c, metrics TCP/8080'), clusterIP: 'None', ipFamilies: ['IPv6'] },
            labels: { 'kubernetes.io/x': 'y' },
          },
          { clockSkewSeconds: -30 },
        ),
        exporter('north', { created: AT[2] }, { service: undefined }),
      ],
      {
        east: live,
        west: { ...live, phase: 'stale', reason: 'Unreachable', lastContactMs: Date.parse('2026-01-08T09:41:33Z') },
      },
    );
    expect(text).toBe(
      [
        'prod/api is a service of the ClusterSet blue.',
        'Winner:     east (oldest export, 2026-01-05T10:00:00Z)',
        'Conflicts:  PortConflict, TypeConflict, LabelsConflict',
        '',
        'EXPORTS, the oldest first: 3, of which 2 count',
        'RANK   CLUSTER   STANDING         AGE   TYPE           PORTS                                MEMBER                                                  REMARKS',
        '1      east      winner           3d    ClusterSetIP   http TCP/80, metrics TCP/9090        live',
        '2      west      differs          2d    Headless       web TCP/80 (h2c), metrics TCP/8080   stale: Unreachable, last contact 2026-01-08T09:41:00Z   differs in ports, type, exportedLabels; clock about 30 s behind',
        '-      north     does not count   24h   -              -                                    unknown                                                 NoService: No Service "prod/api" in cluster "north".',
        '',
        'VALUES in force',
        'FIELD                   VALUE                           SET BY   WHO DIFFERS',
        'ports                   http TCP/80, metrics TCP/9090   east     west: web TCP/80 (h2c), metrics TCP/8080',
        'type                    ClusterSetIP                    east     west: Headless',
        'sessionAffinity         None                            east     -',
        'sessionAffinityConfig   none                            east     -',
        'internalTrafficPolicy   Cluster                         east     -',
        'trafficDistribution     none                            east     -',
        'ipFamilies              IPv6                            west     -',
        'exportedLabels          none                            east     west: kubernetes.io/x=y',
        'exportedAnnotations     none                            east     -',
        '',
        'PORTS',
        'PORT               SET BY   ENDPOINTS FROM   OTHER APPPROTOCOL',
        'http TCP/80        east     east, west       west: h2c',
        'metrics TCP/9090   east     east             -',
        '',
        'PORTS that are not there under their own name',
        'Port web TCP/80 (h2c) of "west" is reached as http TCP/80, as the older export of "east" calls it.',
        'Port metrics TCP/8080 of "west" cannot be reached: the name "metrics" means metrics TCP/9090 of "east".',
        '',
        'IP FAMILIES, by intersection: IPv6',
        'CLUSTER   FAMILIES     REMARKS',
        'east      none named   -',
        'west      IPv6         -',
        '',
        'LABELS AND ANNOTATIONS that are not passed on',
        'CLUSTER   FIELD            KEY               CAUSE',
        'west      exportedLabels   kubernetes.io/x   reserved',
        '',
        'IF east LEFT',
        'west would win (oldest export, 2026-01-06T10:00:00Z).',
        'FIELD                        NOW                             THEN',
        'metadata.creationTimestamp   2026-01-05T10:00:00Z            2026-01-06T10:00:00Z',
        'spec.ports                   http TCP/80, metrics TCP/9090   web TCP/80 (h2c), metrics TCP/8080',
        'spec.type                    ClusterSetIP                    Headless',
        'status.clusters              east, west                      west',
        'Ports lost:       http TCP/80, metrics TCP/9090',
        'Ports gained:     web TCP/80 (h2c), metrics TCP/8080',
        'Conflicts ended:  PortConflict, TypeConflict, LabelsConflict',
        '',
      ].join('\n'),
    );
  });

  it('says that no export counts, and why', () => {
    const text = textOf([exporter('east', { created: AT[0] }, { service: undefined })]);
    expect(text).toBe(
      [
        'prod/api is not a service of the ClusterSet blue: no export of it counts.',
        '',
        'EXPORTS, the oldest first: 1, of which 0 count',
        'RANK   CLUSTER   STANDING         AGE   TYPE   PORTS   MEMBER    REMARKS',
        '-      east      does not count   3d    -      -       unknown   NoService: No Service "prod/api" in cluster "east".',
        '',
      ].join('\n'),
    );
  });

  it('says that the ServiceImport would go with its only export', () => {
    expect(textOf([exporter('east')])).toMatch(/IF east LEFT\nThe ServiceImport would go: no other export counts\.\n$/);
  });

  it('names some clusters and counts the rest', () => {
    const many = Array.from({ length: 9 }, (_, index) =>
      exporter(`c${index}`, { spec: { ports: ports(index === 0 ? 'a TCP/1' : 'b TCP/1') } }),
    );
    expect(textOf(many)).toMatch(/^a TCP\/1 +c0 +c0, c1, c2, c3, c4, c5 and 3 more/m);
  });

  it('lets no member steer the terminal', () => {
    const escape = '\u001b[31mred\u202e\u0007';
    const text = textOf([
      exporter('east', { created: AT[0], annotations: { a: escape } }),
      exporter('west', { created: AT[1], spec: { trafficDistribution: escape, ports: ports('http TCP/80') } }),
    ]);
    expect(text).toContain('red');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
