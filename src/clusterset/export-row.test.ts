import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusterId,
  clusterSetProperty,
  endpointSlice,
  service,
  serviceExport,
} from '../../test/support/clusterset-objects.ts';
import { KEY } from '../../test/support/exporters.ts';
import { exporters, options, serviceSpec } from '../../test/support/random-exporters.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import { SERVICE_ANNOTATION } from '../kube/domain.ts';
import type { MemberEvent, MemberResource } from '../kube/member-event.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import type { Exporter } from './exporter.ts';
import { readExportRow } from './export-row.ts';
import type { ClusterSetOptions, KeyVerdict } from './key-derivation.ts';
import { predictConsequences } from './predict-consequences.ts';
import { PORTS_BYTES_MAX } from './shown-service.ts';
import type { SupposedObject } from './supposed-object.ts';
import { type ClusterSetView, createClusterSetView } from './view.ts';

const RESOURCES: readonly MemberResource[] = [
  'serviceexports',
  'services',
  'namespaces',
  'clusterproperties',
  'endpointslices',
];

type Content = Partial<Readonly<Record<MemberResource, readonly KubeObject[]>>>;

/** Everything of the exporter that its member would tell. */
function memberContent({ serviceExport: held, service: owned, sliceFamilies, memberClusterSet }: Exporter): Content {
  return {
    serviceexports: [held],
    services: owned === undefined ? [] : [owned],
    clusterproperties: memberClusterSet === undefined ? [] : [clusterSetProperty(memberClusterSet)],
    endpointslices: [...sliceFamilies].map((family) => endpointSlice(family, 'api', family)),
  };
}

function feed(view: ClusterSetView, cluster: ClusterId, content: Content): void {
  view.apply({ type: 'registered', cluster, fingerprint: undefined });
  for (const resource of RESOURCES) {
    const changed: MemberEvent = { type: 'changed', cluster, resource, applied: content[resource] ?? [], deleted: [] };
    view.apply(changed);
    view.apply({ type: 'synced', cluster, resource });
  }
}

function viewOfMembers(given: readonly Exporter[], chosen: ClusterSetOptions): ClusterSetView {
  const view = createClusterSetView(chosen);
  for (const exporter of given) feed(view, exporter.cluster, memberContent(exporter));
  return view;
}

function rowsOf(view: ClusterSetView): readonly KubeObject[] {
  const changes = view.takeChanges(0, Infinity).filter(({ resource }) => resource === 'serviceexports');
  return changes.map(({ object }) => object).filter((object) => object !== undefined);
}

/** One member speaks for itself, the others through the rows that a view of all members shows. */
function viewOfRows([own, ...others]: readonly Exporter[], rows: readonly KubeObject[], chosen: ClusterSetOptions) {
  const view = createClusterSetView(chosen);
  if (own !== undefined) feed(view, own.cluster, memberContent(own));
  for (const { cluster, memberClusterSet } of others) {
    const read = rows.map(readExportRow).filter((row) => row?.cluster === cluster);
    feed(view, cluster, {
      serviceexports: read.flatMap((row) => row?.serviceExport ?? []),
      services: read.flatMap((row) => row?.service ?? []),
      clusterproperties: memberClusterSet === undefined ? [] : [clusterSetProperty(memberClusterSet)],
    });
  }
  return view;
}

/** All that is decided, without the objects that it was read from. */
function decisions({ exporters: judged, merge }: KeyVerdict): unknown {
  const constituents = merge?.constituents.map(({ cluster, createdSeconds, families, exportedLabels }) => ({
    ...{ cluster, createdSeconds, families, exportedLabels },
  }));
  const validity = judged.map((exporter) => [exporter.exporter.cluster, exporter.validity] as const);
  const { ports, properties, metadata } = merge ?? {};
  return { validity: new Map(validity), constituents, ports, properties, metadata };
}

const change = fc.oneof(
  fc.constant<SupposedObject>({ type: 'unchanged' }),
  fc.constant<SupposedObject>({ type: 'absent' }),
  serviceSpec.map((spec): SupposedObject => ({ type: 'replaced', object: service(spec) })),
);

function predict(view: ClusterSetView, { cluster }: Exporter, changed: SupposedObject): readonly string[] | undefined {
  const serviceChange = { cluster, serviceExport: { type: 'unchanged' } as const, service: changed, nowMs: 0 };
  const supposed = view.suppose(KEY, serviceChange);
  if (supposed === undefined) return undefined;
  const context = { ...supposed, statusOf: () => undefined, nowMs: 0 };
  return predictConsequences(supposed.before, supposed.after, context).map(({ message }) => message);
}

describe('a view fed from the rows of the other members', () => {
  it('decides and predicts what a view decides that reads all members', () => {
    fc.assert(
      fc.property(exporters, options, change, (given, chosen, changed) => {
        const members = viewOfMembers(given, chosen);
        const rows = viewOfRows(given, rowsOf(members), chosen);
        expect(decisions(rows.explain(KEY))).toEqual(decisions(members.explain(KEY)));
        const [own] = given;
        if (own !== undefined) expect(predict(rows, own, changed)).toEqual(predict(members, own, changed));
      }),
      { numRuns: 1000 },
    );
  });
});

function rowFor(spec: JsonObject | undefined, metadata = {}): KubeObject {
  const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  feed(view, clusterId('east'), {
    serviceexports: [serviceExport({ labels: { app: 'x' }, ...metadata })],
    services: spec === undefined ? [] : [service(spec)],
  });
  const [row] = rowsOf(view);
  if (row === undefined) throw new Error('there is a row');
  return row;
}

const textOf = (row: KubeObject) => row.metadata.annotations?.[SERVICE_ANNOTATION];

describe('the Service in the row of a ServiceExport', () => {
  it('is what the rules read of it, sorted, in one line', () => {
    const ports = [{ port: 80, name: 'http', targetPort: 8080, nodePort: 30_000, appProtocol: 'h2c' }];
    expect(textOf(rowFor({ ports, ipFamilies: ['IPv4'], externalIPs: ['192.0.2.1'] }))).toBe(
      '{"ipFamilies":["IPv4"],"ports":[{"appProtocol":"h2c","name":"http","port":80,"protocol":"TCP"}],"type":"ClusterIP"}',
    );
  });

  it('is not told where there is none that counts', () => {
    expect(textOf(rowFor(undefined))).toBeUndefined();
  });

  it('leaves out ports beyond the limit, and counts them', () => {
    const ports = Array.from({ length: 2000 }, (_, index) => ({ port: index + 1, name: `port-${index}` }));
    const read = readExportRow(rowFor({ ports }));
    const spec = read?.service?.spec as { readonly ports: readonly unknown[]; readonly portsLeftOut: number };
    expect(spec.ports.length).toBeGreaterThan(100);
    expect(spec.ports.length + spec.portsLeftOut).toBe(2000);
    expect((textOf(rowFor({ ports })) ?? '').length).toBeLessThan(PORTS_BYTES_MAX + 512);
  });

  it("is read out of a row together with the member's own metadata", () => {
    const read = readExportRow(rowFor({}, { annotations: { note: 'y', [SERVICE_ANNOTATION]: 'mine' } }));
    expect(read?.serviceExport.metadata).toMatchObject({
      name: 'api',
      labels: { app: 'x' },
      annotations: { note: 'y' },
    });
    expect(read?.isJudged).toBe(true);
  });

  it('is no Service when the text is none of ours', () => {
    const row = rowFor({});
    const annotations = { ...row.metadata.annotations, [SERVICE_ANNOTATION]: '{"type"' };
    expect(readExportRow({ ...row, metadata: { ...row.metadata, annotations } })?.service).toBeUndefined();
    expect(readExportRow(serviceExport())).toBeUndefined();
  });
});
