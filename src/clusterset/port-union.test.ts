import { describe, expect, it } from 'vitest';
import { ports } from '../../test/support/clusterset-objects.ts';
import { constituent, reasons } from '../../test/support/exporters.ts';
import { clustersServing, unionPorts } from './port-union.ts';
import { describePort } from './service-port.ts';

interface Row {
  readonly exports: Readonly<Record<string, string>>;
  readonly union: string;
  readonly conflict: boolean;
  /** Clusters that serve each port of the union. */
  readonly endpoints: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    exports: { a: 'http TCP/80', b: 'http TCP/80, https TCP/443' },
    union: 'http TCP/80, https TCP/443',
    conflict: true,
    endpoints: ['a b', 'b'],
  },
  { exports: { a: 'web TCP/80', b: 'web TCP/8080' }, union: 'web TCP/80', conflict: true, endpoints: ['a'] },
  { exports: { a: 'http TCP/80', b: 'web TCP/80' }, union: 'http TCP/80', conflict: true, endpoints: ['a b'] },
  {
    exports: { a: 'dns UDP/53', b: 'dns UDP/53, dns-tcp TCP/53' },
    union: 'dns UDP/53, dns-tcp TCP/53',
    conflict: true,
    endpoints: ['a b', 'b'],
  },
  { exports: { a: 'TCP/80', b: 'TCP/80' }, union: 'TCP/80', conflict: false, endpoints: ['a b'] },
  { exports: { a: 'TCP/80', b: 'TCP/443' }, union: 'TCP/80', conflict: true, endpoints: ['a'] },
  {
    exports: { a: 'TCP/80', b: 'https TCP/443' },
    union: 'TCP/80, https TCP/443',
    conflict: true,
    endpoints: ['a', 'b'],
  },
  {
    exports: { a: 'a TCP/80', b: 'b TCP/80, a TCP/81', c: 'b TCP/82' },
    union: 'a TCP/80, b TCP/82',
    conflict: true,
    endpoints: ['a b', 'c'],
  },
  {
    exports: { a: 'http TCP/80 http', b: 'http TCP/80 kubernetes.io/h2c' },
    union: 'http TCP/80 (http)',
    conflict: true,
    endpoints: ['a b'],
  },
  {
    exports: { a: 'b TCP/81, a TCP/80', b: 'a TCP/80, b TCP/81' },
    union: 'b TCP/81, a TCP/80',
    conflict: false,
    endpoints: ['a b', 'a b'],
  },
  {
    exports: { a: 'tcp TCP/42, udp UDP/42', b: 'tcp TCP/42, stcp SCTP/142' },
    union: 'tcp TCP/42, udp UDP/42, stcp SCTP/142',
    conflict: true,
    endpoints: ['a b', 'a', 'b'],
  },
  { exports: { a: '', b: 'http TCP/80' }, union: 'http TCP/80', conflict: true, endpoints: ['b'] },
];

function constituentsOf(exports: Row['exports']) {
  return Object.entries(exports).map(([cluster, text]) => constituent(cluster, { spec: { ports: ports(text) } }));
}

describe('unionPorts', () => {
  it.each(ROWS)('merges $exports to $union', ({ exports, union, conflict, endpoints }) => {
    const constituents = constituentsOf(exports);
    const merged = unionPorts(constituents);
    expect(merged.ports.map(({ port }) => describePort(port)).join(', ')).toBe(union);
    expect(merged.conflicting).toBe(conflict);
    expect(merged.ports.map((port) => clustersServing(port, constituents).join(' '))).toEqual(endpoints);
  });

  it('says what was dropped, why, and what it gave way to', () => {
    const { dropped } = unionPorts(constituentsOf({ a: 'a TCP/80', b: 'b TCP/80, a TCP/81', c: 'b TCP/82' }));
    expect(
      dropped.map(({ cluster, type, port, kept }) => [cluster, type, describePort(port), describePort(kept)]),
    ).toEqual([
      ['b', 'alias', 'b TCP/80', 'a TCP/80'],
      ['b', 'nameClash', 'a TCP/81', 'a TCP/80'],
    ]);
  });

  it('looks at the name first: a port that has one namesake and another twin clashes', () => {
    const { dropped } = unionPorts(constituentsOf({ a: 'http TCP/80, grpc TCP/90', b: 'http TCP/90' }));
    expect(dropped.map(({ type, kept }) => [type, describePort(kept)])).toEqual([['nameClash', 'http TCP/80']]);
  });

  it('does not reserve the name of an alias', () => {
    const { ports: merged } = unionPorts(constituentsOf({ a: 'a TCP/80', b: 'b TCP/80', c: 'b TCP/82' }));
    expect(merged.map(({ port, setBy }) => [describePort(port), setBy])).toEqual([
      ['a TCP/80', 'a'],
      ['b TCP/82', 'c'],
    ]);
  });

  it('names those that differ from the winner, not from the union', () => {
    const merged = unionPorts(constituentsOf({ a: 'http TCP/80', b: 'http TCP/80', c: 'http TCP/80, https TCP/443' }));
    expect(merged.differing).toEqual(['c']);
  });

  it('reports a port that one Service declares twice although nobody else disagrees', () => {
    const merged = unionPorts(constituentsOf({ a: 'http TCP/80, http TCP/80' }));
    expect(merged.ports).toHaveLength(1);
    expect(merged.conflicting).toBe(true);
    expect(merged.differing).toEqual([]);
  });

  it('takes an absent protocol for TCP and an empty appProtocol for none', () => {
    const spec = { ports: [{ name: 'http', port: 80, appProtocol: '' }] };
    expect(reasons({ a: { spec }, b: { spec: { ports: ports('http TCP/80') } } })).toEqual([]);
  });

  it('ignores target ports and node ports', () => {
    const spec = (targetPort: number) => ({ ports: [{ port: 80, protocol: 'TCP', targetPort, nodePort: targetPort }] });
    expect(reasons({ a: { spec: spec(1) }, b: { spec: spec(2) } })).toEqual([]);
  });
});
