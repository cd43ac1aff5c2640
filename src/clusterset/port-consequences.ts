import type { ClusterId } from '../kube/cluster-id.ts';
import { clustersOf, constituentOf, isAlone, type MergeComparison, whereDecided, whereIs } from './comparison.ts';
import type { ConsequenceDraft, ConsequenceType } from './consequence.ts';
import { listSome } from './message-text.ts';
import type { DroppedPort, UnionPort } from './port-union.ts';
import { describePort, type ServicePort } from './service-port.ts';

/** Ports that one consequence names; the rest is counted. */
const PORTS_SHOWN_MAX = 3;
/** Differences of ports that a predicted conflict names; the rest is counted. */
const DIFFERENCES_SHOWN_MAX = 2;

/** Ports that clients lose or gain, or find under another name; a port is told by protocol and number. */
export function comparePorts(comparison: MergeComparison): readonly ConsequenceDraft[] {
  const { from, to, name, reach } = comparison;
  const before = byEndpoint(from.ports.ports);
  const after = byEndpoint(to.ports.ports);
  const lost = [...before.values()].filter(({ endpoint }) => !after.has(endpoint));
  const gained = [...after.values()].filter(({ endpoint }) => !before.has(endpoint));
  const both = [...after.values()].flatMap((port) => {
    const old = before.get(port.endpoint);
    return old === undefined ? [] : [{ old, port }];
  });
  const renamed = both.filter(({ old, port }) => old.name !== port.name);
  const redefined = both.filter(({ old, port }) => old.appProtocol !== port.appProtocol);
  const renames = renamed.map(({ old, port }) => `${port.endpoint} from ${nameOf(old)} to ${nameOf(port)}`);
  const protocols = redefined.map(
    ({ old, port }) => `${port.endpoint} from ${old.appProtocol ?? 'none'} to ${port.appProtocol ?? 'none'}`,
  );
  const uses = clustersOf(to);
  const draft = (type: ConsequenceType, items: readonly string[], verb: string): ConsequenceDraft[] => {
    if (items.length === 0) return [];
    const word = verb.endsWith(' of') ? '' : ` ${items.length === 1 ? 'port' : 'ports'}`;
    const text = `${name} ${verb}${word} ${listSome(items, PORTS_SHOWN_MAX)} ${reach}`;
    const counted = `${name} ${verb} ${items.length} ${items.length === 1 ? 'port' : 'ports'} ${reach}`;
    return [{ topic: 'ports', type, text, discreet: isAlone(comparison) ? text : counted, uses }];
  };
  return [
    ...draft('removal', lost.map(describePort), 'loses'),
    ...draft('change', gained.map(describePort), 'gains'),
    ...draft('change', renames, 'renames'),
    ...draft('change', protocols, 'changes the appProtocol of'),
  ];
}

/**
 * How the ports of a cluster differ from those in force: what is lost by it first, then what it is called, then what
 * only one side has.
 */
export function describePortConflict(comparison: MergeComparison, cluster: ClusterId): string {
  const { to } = comparison;
  const dropped = to.ports.dropped.filter((port) => port.cluster === cluster);
  const differences = [
    ...dropped.filter(({ type }) => type === 'nameClash').map((port) => describeClash(port, comparison)),
    ...dropped.filter(({ type }) => type === 'alias').map((port) => describeAlias(port, comparison)),
    ...describeDistinct(comparison, cluster),
  ];
  if (differences.length === 0) return `ports ${whereIs(cluster, comparison)} repeat a name or a number`;
  const shown = differences.slice(0, DIFFERENCES_SHOWN_MAX).join('; ');
  const rest = differences.length - DIFFERENCES_SHOWN_MAX;
  return rest > 0 ? `${shown}; ${rest} more` : shown;
}

function describeClash({ cluster, port, kept }: DroppedPort, comparison: MergeComparison): string {
  const decided = whereDecided(setterOf(kept, comparison) ?? cluster, comparison);
  return `${nameOf(port)} is ${kept.endpoint} ${decided}, ${port.endpoint} ${whereIs(cluster, comparison)}`;
}

function describeAlias({ cluster, port, kept }: DroppedPort, comparison: MergeComparison): string {
  const decided = whereDecided(setterOf(kept, comparison) ?? cluster, comparison);
  return `${port.endpoint} is ${nameOf(kept)} ${decided}, ${nameOf(port)} ${whereIs(cluster, comparison)}`;
}

/** Ports of the same name and number with another appProtocol, and ports that only the cluster or the winner has. */
function describeDistinct(comparison: MergeComparison, cluster: ClusterId): readonly string[] {
  const { winner } = comparison.to;
  const own = constituentOf(comparison.to, cluster)?.service.ports ?? [];
  const decided = whereDecided(winner.cluster, comparison);
  const here = whereIs(cluster, comparison);
  const isKnown = (port: ServicePort, ports: readonly ServicePort[]): boolean =>
    ports.some(({ name, endpoint }) => name === port.name || endpoint === port.endpoint);
  const protocols = own.flatMap((port) => {
    const kept = winner.service.ports.find(({ name, endpoint }) => name === port.name && endpoint === port.endpoint);
    if (kept === undefined || kept.appProtocol === port.appProtocol) return [];
    return `appProtocol of ${port.endpoint} is ${kept.appProtocol ?? 'none'} ${decided}, ${port.appProtocol ?? 'none'} ${here}`;
  });
  return [
    ...protocols,
    ...own.filter((port) => !isKnown(port, winner.service.ports)).map((port) => `${describePort(port)} only ${here}`),
    ...winner.service.ports
      .filter((port) => !isKnown(port, own))
      .map((port) => `${describePort(port)} only ${decided}`),
  ];
}

function setterOf(port: ServicePort, { to }: MergeComparison): ClusterId | undefined {
  return to.ports.ports.find((item) => item.port === port)?.setBy;
}

function byEndpoint(ports: readonly UnionPort[]): ReadonlyMap<string, ServicePort> {
  return new Map(ports.map(({ port }) => [port.endpoint, port]));
}

function nameOf({ name }: ServicePort): string {
  return name === '' ? 'unnamed' : name;
}
