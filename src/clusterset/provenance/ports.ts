import type { ClusterId } from '../../kube/cluster-id.ts';
import type { Constituent } from '../constituent.ts';
import type { ServiceMerge } from '../merge.ts';
import { type DroppedPort, servingClusters, type UnionPort } from '../port-union.ts';
import { describePort, type ServicePort } from '../service-port.ts';
import { CLUSTERS_SHOWN_MAX, omittedCount, PORTS_SHOWN_MAX, shownValue } from './limits.ts';

export interface ShownPort {
  readonly name: string | undefined;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol: string | undefined;
}

export interface DifferingAppProtocol {
  readonly cluster: ClusterId;
  /** Undefined when this export declares none. */
  readonly appProtocol: string | undefined;
}

/** A port of the ServiceImport. */
export interface PortProvenance extends ShownPort {
  /** The oldest export that declares it; name and appProtocol are this one's. */
  readonly setBy: ClusterId;
  /** Who contributes endpoints: whoever declares its protocol and number, under any name. */
  readonly endpointsFrom: readonly ClusterId[];
  readonly endpointsFromOmitted: number | undefined;
  readonly differingAppProtocols: readonly DifferingAppProtocol[];
}

/** A declared port that is not in the ServiceImport under its own name. */
export interface DroppedPortProvenance extends ShownPort {
  readonly cluster: ClusterId;
  readonly type: 'NameClash' | 'Alias';
  /** The port of the ServiceImport that it gave way to. */
  readonly kept: ShownPort & { readonly setBy: ClusterId };
  readonly message: string;
}

export function explainPorts({ ports, constituents }: ServiceMerge): readonly PortProvenance[] {
  const clustersOf = servingClusters(constituents);
  return ports.ports.slice(0, PORTS_SHOWN_MAX).map((union) => {
    const clusters = clustersOf(union);
    return {
      ...shownPort(union.port),
      setBy: union.setBy,
      endpointsFrom: clusters.slice(0, CLUSTERS_SHOWN_MAX),
      endpointsFromOmitted: omittedCount(clusters, CLUSTERS_SHOWN_MAX),
      differingAppProtocols: differingAppProtocols(union, constituents).slice(0, CLUSTERS_SHOWN_MAX),
    };
  });
}

export function explainDroppedPorts({ ports }: ServiceMerge): readonly DroppedPortProvenance[] {
  const setBy = new Map(ports.ports.map((union) => [union.port, union.setBy]));
  return ports.dropped.slice(0, PORTS_SHOWN_MAX).flatMap((dropped) => {
    const owner = setBy.get(dropped.kept);
    return owner === undefined ? [] : [explainDropped(dropped, owner)];
  });
}

function explainDropped({ cluster, port, type, kept }: DroppedPort, owner: ClusterId): DroppedPortProvenance {
  return {
    cluster,
    ...shownPort(port),
    type: type === 'alias' ? 'Alias' : 'NameClash',
    kept: { ...shownPort(kept), setBy: owner },
    message:
      type === 'alias'
        ? `Port ${textOf(port)} of "${cluster}" is reached as ${textOf(kept)}, as the older export of "${owner}" calls it.`
        : `Port ${textOf(port)} of "${cluster}" cannot be reached: ${nameOf(port)} means ${textOf(kept)} of "${owner}".`,
  };
}

function nameOf({ name }: ServicePort): string {
  return name === '' ? 'having no name' : `the name "${name}"`;
}

function textOf(port: ServicePort): string {
  return shownValue(describePort(port));
}

function differingAppProtocols(
  { port }: UnionPort,
  constituents: readonly Constituent[],
): readonly DifferingAppProtocol[] {
  return constituents.flatMap(({ cluster, service }) => {
    const other = service.ports.find(
      ({ endpoint, appProtocol }) => endpoint === port.endpoint && appProtocol !== port.appProtocol,
    );
    return other === undefined ? [] : [{ cluster, appProtocol: shownOptional(other.appProtocol) }];
  });
}

function shownPort({ name, protocol, port, appProtocol }: ServicePort): ShownPort {
  return { name: name === '' ? undefined : name, protocol, port, appProtocol: shownOptional(appProtocol) };
}

function shownOptional(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shownValue(text);
}
