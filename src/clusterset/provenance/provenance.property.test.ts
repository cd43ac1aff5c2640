import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY } from '../../../test/support/exporters.ts';
import { exporters, options } from '../../../test/support/random-exporters.ts';
import { CONFLICT_CONDITION } from '../../kube/domain.ts';
import { compareText, isJsonObject, type JsonObject, type KubeObject } from '../../kube/object.ts';
import type { Exporter } from '../exporter.ts';
import {
  type ClusterSetOptions,
  deriveKey,
  judgeKey,
  type KeyObjects,
  type KeyVerdict,
  NO_OBJECTS,
} from '../key-derivation.ts';
import { clustersServing } from '../port-union.ts';
import { rowNameOf } from '../row-name.ts';
import type { ServicePort } from '../service-port.ts';
import type { ShownPort } from './ports.ts';
import { explainVerdict, type Provenance } from './provenance.ts';
import type { FieldChange } from './winner-left.ts';

const RUNS = { numRuns: 1_000 };

interface Explained {
  readonly verdict: KeyVerdict;
  readonly provenance: Provenance;
  readonly objects: KeyObjects;
}

/** What is served of these exports, and how it is explained. */
function explain(given: readonly Exporter[], chosen: ClusterSetOptions): Explained {
  const verdict = judgeKey(KEY, given, chosen);
  const provenance = explainVerdict(verdict, { options: chosen, contactOf: () => undefined });
  if (provenance === undefined) throw new Error('somebody exports');
  const now = '2026-02-01T00:00:00Z';
  return { verdict, provenance, objects: deriveKey(verdict, chosen, { before: NO_OBJECTS, restored: () => [], now }) };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);
}

function conditionsOf(object: unknown): readonly JsonObject[] {
  const conditions = at(object, 'status', 'conditions');
  return Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
}

describe('a provenance', () => {
  it('agrees with the ServiceImport that is served', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const { provenance, objects } = explain(given, chosen);
        const object = objects.serviceImport?.object;
        const ranked = provenance.exports.filter(({ rank }) => rank !== undefined);
        expect(ranked.map(({ rank }) => rank)).toEqual(ranked.map((_, index) => index + 1));
        expect(provenance.exportsCounted).toBe(ranked.length);
        expect(provenance.winner?.cluster).toBe(ranked[0]?.cluster);
        expect(object === undefined).toBe(ranked.length === 0);
        if (object === undefined) return;
        expect(at(object, 'status', 'clusters')).toEqual(ranked.map(({ cluster }) => ({ cluster })));
        expect(at(object, 'spec', 'ports')).toEqual(provenance.ports?.map(importPort));
        expect(at(object, 'spec', 'ipFamilies')).toEqual(provenance.ipFamilies?.families);
        expect(valuesOf(provenance)).toMatchObject(expectedValues(object));
        const conflict = conditionsOf(object).find(({ type }) => type === CONFLICT_CONDITION);
        expect(conflict?.['reason']).toBe(reasonOf(provenance));
      }),
      RUNS,
    );
  });

  it('agrees with the rows that are served', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const { provenance, objects } = explain(given, chosen);
        expect(provenance.exports.map(({ cluster }) => cluster).sort()).toEqual([...objects.rows.keys()].sort());
        for (const one of provenance.exports) {
          const row = objects.rows.get(one.cluster)?.derived.object;
          const conditions = new Map(conditionsOf(row).map((condition) => [condition['type'], condition]));
          expect(one.serviceExport).toBe(row?.metadata.name);
          expect(one.serviceExport).toBe(rowNameOf(one.cluster, KEY.name));
          const { valid: status, reason, message } = one;
          expect(conditions.get('Valid')).toMatchObject({ status, reason, message });
          const conflict = conditions.get('Conflict');
          expect(conflict === undefined).toBe(one.standing === 'NotCounted');
          if (conflict?.['status'] !== 'True') {
            expect(one.differsIn).toEqual([]);
            continue;
          }
          const sentence = { Winner: 'is the winner', Agrees: 'agrees', Differs: 'differs', NotCounted: '' };
          expect(conflict['message']).toMatch(new RegExp(`This export ${sentence[one.standing]}\\.$`));
        }
      }),
      RUNS,
    );
  });

  it('names exactly the clusters that serve each port, and accounts for every declared port', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const { provenance, verdict } = explain(given, chosen);
        const { merge } = verdict;
        fc.pre(merge !== undefined);
        merge.ports.ports.forEach((union, index) => {
          expect(provenance.ports?.[index]?.endpointsFrom).toEqual(clustersServing(union, merge.constituents));
        });
        for (const { cluster, service } of merge.constituents) {
          for (const declared of service.ports) {
            const dropped = provenance.droppedPorts?.filter((port) => port.cluster === cluster) ?? [];
            const isDropped = dropped.some((port) => isPort(port, declared));
            expect(isDropped).not.toBe(provenance.ports?.some((port) => isPort(port, declared)));
          }
        }
      }),
      RUNS,
    );
  });

  it('says of each dropped port whether and as what it is reached', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const { droppedPorts = [], ports = [] } = explain(given, chosen).provenance;
        for (const { type, protocol, port, kept, cluster } of droppedPorts) {
          const isReached = kept.protocol === protocol && kept.port === port;
          expect(type).toBe(isReached ? 'Alias' : 'NameClash');
          const target = ports.find(({ name }) => name === kept.name);
          expect(target?.setBy).toBe(kept.setBy);
          if (isReached) expect(target?.endpointsFrom).toContain(cluster);
        }
      }),
      RUNS,
    );
  });

  it('names for each value exactly those who differ', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const { provenance } = explain(given, chosen);
        for (const one of provenance.exports) {
          const fields = (provenance.values ?? [])
            .filter(
              ({ conflicting, differing }) => conflicting && differing.some(({ cluster }) => cluster === one.cluster),
            )
            .map(({ field }) => field);
          expect(one.differsIn).toEqual(fields);
          expect(one.standing === 'Differs').toBe(fields.length > 0 && one.rank !== 1);
        }
      }),
      RUNS,
    );
  });

  it('foretells what really happens when the winner leaves', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const now = explain(given, chosen);
        const foretold = now.provenance.ifWinnerLeft;
        fc.pre(foretold !== undefined);
        const rest = given.filter(({ cluster }) => cluster !== now.provenance.winner?.cluster);
        const verdict = judgeKey(KEY, rest, chosen);
        const then = explainVerdict(verdict, { options: chosen, contactOf: () => undefined });
        expect(foretold.serviceImport).toBe(verdict.merge === undefined ? 'Goes' : 'Stays');
        expect(foretold.winner).toEqual(then?.winner);
        const before = now.provenance.conflicts ?? [];
        const after = then?.conflicts ?? [];
        expect(foretold.conflictsEnded).toEqual(before.filter((reason) => !after.includes(reason)));
        expect(foretold.conflictsBegun).toEqual(after.filter((reason) => !before.includes(reason)));
        const texts = [portTexts(now.provenance), portTexts(then)] as const;
        expect(foretold.portsLost).toEqual(texts[0].filter((text) => !texts[1].includes(text)));
        expect(foretold.portsGained).toEqual(texts[1].filter((text) => !texts[0].includes(text)));
        if (then === undefined || verdict.merge === undefined) return;
        expect(sorted(foretold.changes)).toEqual(sorted(differences(now.objects, explain(rest, chosen).objects)));
      }),
      RUNS,
    );
  });

  it('depends neither on the order of members nor on anything but its input', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const { provenance } = explain(given, chosen);
        expect(JSON.stringify(explain([...given].reverse(), chosen).provenance)).toBe(JSON.stringify(provenance));
      }),
    );
  });
});

function isPort(shown: ShownPort, { name, endpoint }: ServicePort): boolean {
  return (shown.name ?? '') === name && `${shown.protocol}/${shown.port}` === endpoint;
}

function importPort({ name, protocol, port, appProtocol }: ShownPort): ShownPort {
  return { name, protocol, port, appProtocol };
}

function valuesOf({ values = [] }: Provenance): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map(({ field, value }) => [field, value]));
}

/** What a reader of the ServiceImport would say of its values. */
function expectedValues(object: KubeObject): Readonly<Record<string, unknown>> {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  return {
    type: spec['type'],
    sessionAffinity: spec['sessionAffinity'] ?? 'None',
    internalTrafficPolicy: spec['internalTrafficPolicy'] ?? 'Cluster',
    trafficDistribution: spec['trafficDistribution'] ?? 'none',
    exportedLabels: mapText(object.metadata.labels),
    exportedAnnotations: mapText(object.metadata.annotations),
  };
}

function reasonOf({ conflicts = [] }: Provenance): string {
  return conflicts.length === 0 ? 'NoConflicts' : conflicts.join();
}

function mapText(map: Readonly<Record<string, string>> = {}): string {
  return (
    Object.entries(map)
      .map(([key, value]) => `${key}=${value}`)
      .join(', ') || 'none'
  );
}

function portTexts(provenance: Provenance | undefined): readonly string[] {
  return (provenance?.ports ?? []).map(({ name, protocol, port, appProtocol }) => {
    const text = `${name === undefined ? '' : `${name} `}${protocol}/${port}`;
    return appProtocol === undefined ? text : `${text} (${appProtocol})`;
  });
}

function sorted(changes: readonly FieldChange[]): readonly FieldChange[] {
  return [...changes].sort((a, b) => compareText(a.field, b.field));
}

/** The fields in which two ServiceImports differ, found in the objects themselves. */
function differences(before: KeyObjects, after: KeyObjects): readonly FieldChange[] {
  const [old, next] = [fieldTexts(before), fieldTexts(after)];
  return [...new Set([...old.keys(), ...next.keys()])]
    .filter((field) => old.get(field) !== next.get(field))
    .map((field) => ({ field, before: old.get(field), after: next.get(field) }));
}

function fieldTexts({ serviceImport }: KeyObjects): ReadonlyMap<string, string> {
  const object = serviceImport?.object;
  const { creationTimestamp, labels, annotations } = object?.metadata ?? {};
  const clusters = at(object, 'status', 'clusters') as readonly { readonly cluster: string }[];
  const spec = isJsonObject(object?.spec) ? object.spec : {};
  const ports = spec['ports'] as readonly { name?: string; protocol: string; port: number; appProtocol?: string }[];
  const fields: Record<string, string | undefined> = {
    'metadata.creationTimestamp': creationTimestamp ?? undefined,
    'metadata.labels': labels && JSON.stringify(labels),
    'metadata.annotations': annotations && JSON.stringify(annotations),
    'status.clusters': clusters.map(({ cluster }) => cluster).join(', '),
    ...Object.fromEntries(
      Object.entries(spec).map(([name, value]) => [
        `spec.${name}`,
        typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value),
      ]),
    ),
    'spec.ports':
      portTexts({ ports: ports.map((port) => ({ name: undefined, appProtocol: undefined, ...port })) } as never).join(
        ', ',
      ) || 'none',
  };
  return new Map(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
