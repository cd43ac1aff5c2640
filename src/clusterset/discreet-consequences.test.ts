import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterId, ports } from '../../test/support/clusterset-objects.ts';
import { type Change, predicted, statusOf } from '../../test/support/consequences.ts';
import { KEY } from '../../test/support/exporters.ts';
import { exporterOf, options } from '../../test/support/random-exporters.ts';
import type { Exporter } from './exporter.ts';
import { judgeKey } from './key-derivation.ts';
import { predictConsequences } from './predict-consequences.ts';

const http = { spec: { ports: ports('http TCP/80') } };
const headless = { spec: { ...http.spec, clusterIP: 'None' } };

function discreetly(change: Change): readonly string[] {
  return predicted({ ...change, context: { ...change.context, namesOthers: false } });
}

const CASES: readonly (Change & { readonly name: string; readonly texts: readonly string[] })[] = [
  {
    name: 'a new export that disagrees with the winner',
    before: { east: { ...headless, labels: { tier: 'secret' } } },
    after: {
      east: { ...headless, labels: { tier: 'secret' } },
      west: { spec: { ports: ports('http TCP/8080') }, labels: { tier: 'web' } },
    },
    texts: [
      'conflict: TypeConflict expected: this cluster differs in type from what another cluster decides',
      'conflict: PortConflict expected: this cluster differs in ports from what another cluster decides',
      'conflict: LabelsConflict expected: this cluster differs in exportedLabels from what another cluster decides',
      'notice: prod/api is also exported by another cluster: same name means same service',
      'notice: this export of prod/api is the youngest: it may add ports and change IP families, another cluster (oldest) decides the rest',
    ],
  },
  {
    name: 'the oldest export that goes',
    before: { west: { created: '2026-01-01T00:00:00Z', ...http }, east: headless, north: headless },
    after: { east: headless, north: headless },
    texts: [
      'change: west no longer exports prod/api: 2 other clusters still export it',
      'change: another cluster becomes the winner of prod/api: next oldest export',
      'removal: the type of prod/api changes in 7 clusters: another cluster decides',
      'notice: recreating this export of prod/api makes it the youngest: another cluster stays the winner',
      'notice: TypeConflict ends: 2 other clusters agree',
    ],
  },
  {
    name: 'other labels of the oldest export',
    before: { west: { created: '2026-01-01T00:00:00Z', labels: { a: '1' } }, east: { labels: { a: '1' } } },
    after: { west: { created: '2026-01-01T00:00:00Z', labels: { a: '2' } }, east: { labels: { a: '1' } } },
    texts: [
      'change: changes labels of prod/api in 7 clusters: a=2 instead of a=1',
      'conflict: LabelsConflict expected: another cluster differs in exportedLabels from what this cluster decides',
    ],
  },
  {
    name: 'what nobody else has a part in',
    before: { west: http },
    after: { west: { spec: { ports: ports('http TCP/81') } } },
    texts: [
      'removal: prod/api loses port http TCP/80 in 7 clusters',
      'change: prod/api gains port http TCP/81 in 7 clusters',
    ],
  },
  {
    name: 'what rests on members that are away or were not read',
    before: { east: http },
    after: { east: http, west: headless },
    context: {
      statusOf: (cluster) => (cluster === 'east' ? statusOf('east', { phase: 'stale' }) : undefined),
      unread: [clusterId('north')],
    },
    texts: [
      'conflict: TypeConflict expected: this cluster differs in type from what another cluster decides (may be out of date)',
      'notice: prod/api is also exported by another cluster: same name means same service (may be out of date)',
      'notice: this export of prod/api is the youngest: it may add ports and change IP families, another cluster (oldest) decides the rest (may be out of date)',
      'notice: not read yet: another cluster; an export of prod/api there is not counted',
    ],
  },
];

describe('consequences for those who may not know other members', () => {
  it.each(CASES)('$name', ({ texts, ...change }) => {
    expect(discreetly(change)).toEqual(texts);
  });

  it('have no name and no value of another member in them', () => {
    const others = fc
      .tuple(...['east', 'north', 'south'].map((cluster) => fc.option(exporterOf(cluster), { nil: undefined })))
      .map((exporters) => exporters.filter((exporter) => exporter !== undefined).map(markValues));
    const own = fc.option(exporterOf('west'), { nil: undefined });
    fc.assert(
      fc.property(others, fc.tuple(own, own), options, (rest, [before, after], clusterSetOptions) => {
        const judge = (exporter: Exporter | undefined) =>
          judgeKey(KEY, exporter === undefined ? rest : [...rest, exporter], clusterSetOptions);
        const messages = predictConsequences(judge(before), judge(after), {
          cluster: clusterId('west'),
          clusters: 4,
          withoutNamespace: [clusterId('south')],
          unread: [clusterId('north')],
          statusOf: (cluster) => statusOf(cluster, { phase: 'stale', lastContactMs: 0 }),
          nowMs: 0,
          namesOthers: false,
        }).map(({ message }) => message);
        expect(messages.join('\n')).not.toMatch(/east|north|south|marked|90\d\d/);
      }),
      { numRuns: 500 },
    );
  });
});

/** The same object, with values that only other members have. */
function markValues({ serviceExport, service, ...rest }: Exporter): Exporter {
  const mark = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(/"port":(\d+)/g, '"port":90$1')
        .replaceAll(/"timeoutSeconds":\d+/g, '"timeoutSeconds":9060')
        .replaceAll(/"(1|2|http|h2c|web|PreferClose|PreferSameZone)"(?!:)/g, '"$1marked"'),
    );
  const marked = (object: Exporter['serviceExport']): Exporter['serviceExport'] => {
    const spec = mark(object.spec ?? {});
    return typeof spec === 'object' && spec !== null ? { ...object, spec: { ...spec } } : object;
  };
  return { ...rest, serviceExport: marked(serviceExport), service: service && marked(service) };
}
