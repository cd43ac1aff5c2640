import { describe, expect, it } from 'vitest';
import { clusterId, ports } from '../../test/support/clusterset-objects.ts';
import { exporter, KEY, merge } from '../../test/support/exporters.ts';
import { compareFields, summarizeImport } from './import-summary.ts';
import { judgeKey, type KeyVerdict } from './key-derivation.ts';

const judge = (...exporters: readonly ReturnType<typeof exporter>[]): KeyVerdict =>
  judgeKey(KEY, exporters, { clusterSet: undefined, ipFamilyMode: 'intersection' });

describe('summarizeImport', () => {
  it('is the spec of the ServiceImport with what its metadata and status say', () => {
    const merged = merge({
      east: {
        spec: { ports: ports('http TCP/80 h2c'), sessionAffinity: 'None', ipFamilies: ['IPv4'] },
        labels: { a: '1' },
      },
      west: { spec: { ports: ports('http TCP/80 h2c'), clusterIP: 'None' }, annotations: { b: '2' } },
    });
    expect(summarizeImport(merged)).toEqual({
      type: 'ClusterSetIP',
      ports: [{ name: 'http', protocol: 'TCP', appProtocol: 'h2c', port: 80 }],
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      labels: { a: '1' },
      clusters: ['east', 'west'],
      winner: 'east',
      conflicts: ['TypeConflict', 'LabelsConflict', 'AnnotationsConflict'],
    });
  });
});

describe('compareFields', () => {
  const west = clusterId('west');
  const east = exporter('east', { spec: { ports: ports('http TCP/80') } });

  it('is empty where nothing differs', () => {
    expect(compareFields(judge(east), judge(east), west)).toEqual([]);
  });

  it('names each field that differs, the export itself first, absent sides absent', () => {
    const after = judge(
      east,
      exporter('west', { created: null, spec: { ports: ports('grpc TCP/90'), clusterIP: 'None' } }),
    );
    expect(compareFields(judge(east), after, west)).toEqual([
      { field: 'export', before: undefined, after: 'Valid' },
      { field: 'ports', before: 'http TCP/80', after: 'http TCP/80, grpc TCP/90' },
      { field: 'clusters', before: 'east', after: 'east, west' },
      { field: 'conflicts', before: 'none', after: 'PortConflict, TypeConflict' },
    ]);
  });

  it('says everything of an import that comes or goes', () => {
    const fields = compareFields(judge(east), judge(), clusterId('east'));
    expect(fields.map(({ field }) => field)).toEqual(['export', 'type', 'ports', 'clusters', 'winner', 'conflicts']);
    expect(fields.every(({ after }) => after === undefined)).toBe(true);
  });

  it('says why an export does not count', () => {
    const invalid = exporter('west', {}, { service: undefined });
    expect(compareFields(judge(), judge(invalid), west)).toEqual([
      { field: 'export', before: undefined, after: 'NoService' },
    ]);
  });

  it('counts what is too long to be listed', () => {
    const many = Array.from({ length: 40 }, (_, index) => `p${index + 1} TCP/${index + 1}`).join(', ');
    const after = judge(exporter('west', { spec: { ports: ports(many) } }));
    expect(compareFields(judge(), after, west)[2]?.after).toMatch(/^p1 TCP\/1, .*, p16 TCP\/16 and 24 more$/);
  });
});
