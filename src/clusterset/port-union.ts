import type { ClusterId } from '../kube/cluster-id.ts';
import type { Constituent } from './constituent.ts';
import type { ServicePort } from './service-port.ts';

/** A port of the ServiceImport and the oldest export that declares it, whose name and appProtocol it has. */
export interface UnionPort {
  readonly port: ServicePort;
  readonly setBy: ClusterId;
}

/** A declared port that does not stand in the union under its own name, and the port that it gave way to. */
export interface DroppedPort {
  readonly cluster: ClusterId;
  readonly port: ServicePort;
  /** `nameClash`: unreachable, its name means another port. `alias`: reachable under the name of `kept`. */
  readonly type: 'nameClash' | 'alias';
  readonly kept: ServicePort;
}

export interface PortUnion {
  readonly ports: readonly UnionPort[];
  readonly dropped: readonly DroppedPort[];
  /** Some constituent declares another set of ports than the union. */
  readonly conflicting: boolean;
  /** Constituents whose set of ports is not the winner's, in the order of precedence. */
  readonly differing: readonly ClusterId[];
}

/**
 * The union of all ports (KEP-1645 §Service Port): a port is told by its name, then by protocol and number; older
 * exports take precedence. `constituents` are in the order of precedence, the first is the winner.
 */
export function unionPorts(constituents: readonly Constituent[]): PortUnion {
  const { ports, dropped } = collectPorts(constituents);
  const [winner, ...others] = constituents;
  const winnerPorts = winner?.service.ports ?? [];
  const differing = others
    .filter(({ service }) => !isSameSet(service.ports, winnerPorts))
    .map(({ cluster }) => cluster);
  const conflicting =
    differing.length > 0 ||
    !isSameSet(
      ports.map(({ port }) => port),
      winnerPorts,
    );
  return { ports, dropped, conflicting, differing };
}

/**
 * The clusters whose endpoints serve a port of the union: those that declare its protocol and number, whatever they
 * call it.
 */
export function clustersServing(port: UnionPort, constituents: readonly Constituent[]): readonly ClusterId[] {
  return servingClusters(constituents)(port);
}

/** The same for many ports of one union, in time proportional to what is declared. */
export function servingClusters(constituents: readonly Constituent[]): (port: UnionPort) => readonly ClusterId[] {
  const byEndpoint = new Map<string, ClusterId[]>();
  for (const { cluster, service } of constituents) {
    for (const endpoint of new Set(service.ports.map((port) => port.endpoint))) {
      const clusters = byEndpoint.get(endpoint);
      if (clusters === undefined) byEndpoint.set(endpoint, [cluster]);
      else clusters.push(cluster);
    }
  }
  return ({ port }) => byEndpoint.get(port.endpoint) ?? [];
}

function collectPorts(constituents: readonly Constituent[]): Pick<PortUnion, 'ports' | 'dropped'> {
  const ports: UnionPort[] = [];
  const dropped: DroppedPort[] = [];
  const byName = new Map<string, ServicePort>();
  const byEndpoint = new Map<string, ServicePort>();
  for (const { cluster, service } of constituents) {
    for (const port of service.ports) {
      const namesake = byName.get(port.name);
      const kept = namesake ?? byEndpoint.get(port.endpoint);
      if (kept === undefined) {
        ports.push({ port, setBy: cluster });
        byName.set(port.name, port);
        byEndpoint.set(port.endpoint, port);
      } else if (kept.endpoint !== port.endpoint || namesake === undefined) {
        dropped.push({ cluster, port, type: namesake === undefined ? 'alias' : 'nameClash', kept });
      }
    }
  }
  return { ports, dropped };
}

/** Order does not count; a port declared twice is not the same as once. */
function isSameSet(a: readonly ServicePort[], b: readonly ServicePort[]): boolean {
  if (a.length !== b.length) return false;
  if (a.every(({ identity }, index) => identity === b[index]?.identity)) return true;
  const identities = new Set(a.map(({ identity }) => identity));
  return (
    identities.size === new Set(b.map(({ identity }) => identity)).size &&
    b.every((port) => identities.has(port.identity))
  );
}
