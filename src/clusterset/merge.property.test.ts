import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { service, serviceExport, clusterId } from '../../test/support/clusterset-objects.ts';
import { KEY } from '../../test/support/exporters.ts';
import { exporterOf, exporters, options, serviceSpec } from '../../test/support/random-exporters.ts';
import type { JsonObject } from '../kube/object.ts';
import type { Exporter } from './exporter.ts';
import { type ClusterSetOptions, deriveKey, judgeKey, type KeyObjects, NO_OBJECTS } from './key-derivation.ts';
import type { ServiceMerge } from './merge.ts';
import { parseServicePorts } from './service-port.ts';
import { WHOLE_VALUE_RULES } from './whole-value.ts';

function derive(given: readonly Exporter[], clusterSetOptions: ClusterSetOptions): KeyObjects {
  const verdict = judgeKey(KEY, given, clusterSetOptions);
  return deriveKey(verdict, clusterSetOptions, { before: NO_OBJECTS, restored: () => [], now: '2026-02-01T00:00:00Z' });
}

const mergeOf = (given: readonly Exporter[], clusterSetOptions: ClusterSetOptions): ServiceMerge | undefined =>
  judgeKey(KEY, given, clusterSetOptions).merge;

function without(merged: ServiceMerge, cluster: string, given: readonly Exporter[]): readonly Exporter[] {
  expect(merged.constituents.map((constituent): string => constituent.cluster)).toContain(cluster);
  return given.filter((exporter) => exporter.cluster !== cluster);
}

/** Everything of a ServiceImport that neither lists clusters nor judges them. */
function essence({ serviceImport }: KeyObjects): unknown {
  return { metadata: serviceImport?.object.metadata, spec: serviceImport?.object.spec };
}

/** The same value with the keys of every object in the opposite order. */
function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== 'object' || value === null || value instanceof Set) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reverseKeys(inner)]),
  );
}

describe('a merge', () => {
  it('does not depend on the order of members or of keys, to the byte', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const reversed = [...given].reverse().map((exporter) => reverseKeys(exporter) as Exporter);
        const texts = (objects: KeyObjects) => [
          JSON.stringify(objects.serviceImport?.conditions),
          ...[...objects.rows].map(([cluster, { derived }]) => cluster + JSON.stringify(derived.conditions)).sort(),
        ];
        const [a, b] = [derive(given, chosen), derive(reversed, chosen)];
        expect(b.serviceImport).toEqual(a.serviceImport);
        expect(texts(b)).toEqual(texts(a));
      }),
    );
  });

  it('gains nothing but a cluster from a younger export that agrees', () => {
    fc.assert(
      fc.property(exporterOf('east'), options, (oldest, chosen) => {
        fc.pre(mergeOf([oldest], chosen) !== undefined);
        const younger = {
          ...oldest,
          cluster: clusterId('west'),
          serviceExport: serviceExport(
            { creationTimestamp: null, uid: 'west' },
            { spec: oldest.serviceExport.spec as JsonObject },
          ),
        };
        const [alone, both] = [derive([oldest], chosen), derive([oldest, younger], chosen)];
        expect(essence(both)).toEqual(essence(alone));
        // A port that one Service declares twice is a conflict already, and its message counts clusters.
        fc.pre(mergeOf([oldest], chosen)?.conflicts.length === 0);
        expect(both.serviceImport?.conditions).toEqual(alone.serviceImport?.conditions);
        expect(both.rows.get(oldest.cluster)?.derived).toEqual(alone.rows.get(oldest.cluster)?.derived);
      }),
    );
  });

  it('loses only a cluster and verdicts with an export that contributed nothing', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const merged = mergeOf(given, chosen);
        fc.pre(merged !== undefined && merged.constituents.length > 1);
        const last = merged.constituents.at(-1);
        fc.pre(merged.ports.ports.every(({ setBy }) => setBy !== last?.cluster));
        const rest = without(merged, last!.cluster, given);
        fc.pre(JSON.stringify(mergeOf(rest, chosen)?.families.families) === JSON.stringify(merged.families.families));
        expect(essence(derive(rest, chosen))).toEqual(essence(derive(given, chosen)));
      }),
    );
  });

  it('never repeats a port name or an endpoint, and holds every port of the winner', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const merged = mergeOf(given, chosen);
        const union = (merged?.ports.ports ?? []).map(({ port: item }) => item);
        expect(new Set(union.map(({ name }) => name)).size).toBe(union.length);
        expect(new Set(union.map(({ endpoint }) => endpoint)).size).toBe(union.length);
        const names = new Set<string>();
        const endpoints = new Set<string>();
        for (const own of merged?.winner.service.ports ?? []) {
          if (!names.has(own.name) && !endpoints.has(own.endpoint)) {
            expect(union).toContainEqual(own);
            names.add(own.name);
            endpoints.add(own.endpoint);
          }
        }
      }),
    );
  });

  it('has no conflict exactly when all agree', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const merged = mergeOf(given, chosen);
        fc.pre(merged !== undefined);
        const { constituents, winner, ports, families, conflicts } = merged;
        const identities = (items: readonly { identity: string }[]) =>
          items
            .map(({ identity }) => identity)
            .sort()
            .join();
        const union = identities(ports.ports.map((item) => item.port));
        const agree = constituents.every(
          (constituent) =>
            identities(constituent.service.ports) === union &&
            (families.families ?? []).every((family) => constituent.families?.includes(family) ?? true) &&
            Object.values(WHOLE_VALUE_RULES).every(({ differs }) => !differs(constituent, winner)),
        );
        expect(conflicts.length === 0).toBe(agree);
        expect(conflicts.every(({ reason, differing }) => reason === 'PortConflict' || differing.length > 0)).toBe(
          true,
        );
      }),
    );
  });

  it('is the same when it is computed again from the same objects', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const first = derive(given, chosen);
        const verdict = judgeKey(KEY, given, chosen);
        const now = '2026-02-01T00:01:00Z';
        const again = deriveKey(verdict, chosen, { before: first, restored: () => [], now });
        expect(again.serviceImport).toBe(first.serviceImport);
        for (const [cluster, row] of again.rows) expect(row).toBe(first.rows.get(cluster));
        const copies = structuredClone(given).map((copy, index) => ({
          ...copy,
          sliceFamilies: given[index]!.sliceFamilies,
        }));
        const reread = deriveKey(judgeKey(KEY, copies, chosen), chosen, { before: first, restored: () => [], now });
        expect(reread).toEqual(first);
      }),
    );
  });

  it('of one export equals its Service', () => {
    fc.assert(
      fc.property(serviceSpec, options, (spec, chosen) => {
        fc.pre(spec.type !== 'ExternalName');
        const distinct = parseServicePorts(spec.ports ?? []);
        fc.pre(new Set(distinct.map(({ name }) => name)).size === distinct.length);
        fc.pre(new Set(distinct.map(({ endpoint }) => endpoint)).size === distinct.length);
        const only: Exporter = {
          cluster: clusterId('east'),
          fingerprint: undefined,
          clockSkewSeconds: 0,
          serviceExport: serviceExport(),
          service: service(spec),
          sliceFamilies: new Set(),
          memberClusterSet: undefined,
          unknownContent: undefined,
          hasRow: true,
        };
        const { clusterIP, ports = [], ...whole } = spec;
        expect(derive([only], chosen).serviceImport?.object.spec).toEqual({
          ...whole,
          type: clusterIP === 'None' ? 'Headless' : 'ClusterSetIP',
          ports: ports.map(({ name, ...item }) => ({
            protocol: 'TCP',
            ...item,
            ...(name === undefined || name === '' ? {} : { name }),
          })),
        });
      }),
    );
  });

  it('never mentions the member of an invalid export', () => {
    fc.assert(
      fc.property(exporters, options, (given, chosen) => {
        const verdict = judgeKey(KEY, given, chosen);
        const { serviceImport, rows } = derive(given, chosen);
        for (const { exporter, validity } of verdict.exporters) {
          if (validity.status === 'True') continue;
          const others = [...rows].filter(([cluster]) => cluster !== exporter.cluster);
          const text = JSON.stringify([serviceImport, others.map(([, { derived }]) => derived)]);
          expect(text).not.toMatch(new RegExp(`\\b${exporter.cluster}\\b`));
          const types = rows.get(exporter.cluster)?.derived.conditions.map(({ type }) => type);
          expect(types).not.toContain('Conflict');
        }
      }),
    );
  });
});
