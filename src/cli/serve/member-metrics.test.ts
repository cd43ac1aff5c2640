import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { toIncarnation, toRevision } from '../../kube/revision.ts';
import { createEncodedCache, createStore } from '../../store/index.ts';
import { createRegistrationMetrics, createStoreMetrics } from './member-metrics.ts';
import type { RegistrationFigures } from './registrations.ts';

it('tells what is refused only as long as it is refused', async () => {
  const registry = new Registry();
  let figures: RegistrationFigures = {
    sources: [{ source: 'Secrets', isReadable: true }],
    refused: [{ source: 'Secrets', name: 'east' }],
  };
  createRegistrationMetrics(registry, () => figures);
  expect(await registry.metrics()).toContain('clusterset_registration_refused{source="Secrets",name="east"} 1');
  figures = { sources: [{ source: 'Secrets', isReadable: false }], refused: [] };
  const text = await registry.metrics();
  expect(text).not.toContain('name="east"');
  expect(text).toContain('clusterset_registration_source_readable{source="Secrets"} 0');
});

it('has counters that count once, however often they are read', async () => {
  const registry = new Registry();
  const cache = createEncodedCache({ bytesMax: 10_000 });
  const startRevision = toRevision(0);
  const store = createStore({ resources: ['things'], incarnation: toIncarnation(1), startRevision, clock: () => 1 });
  createStoreMetrics(registry, store, cache);
  const key = { namespace: 'prod', name: 'a' };
  const object = { apiVersion: 'v1', kind: 'Thing', metadata: key };
  store.writer.commit([{ resource: 'things', key, object }]);
  const stored = store.reader.get('things', key);
  if (stored === undefined) throw new Error('the object was not stored');
  for (let read = 0; read < 3; read += 1) cache.encode(stored, 'form', () => Buffer.from('{}'));
  await registry.metrics();
  const text = await registry.metrics();
  expect(text).toContain('# TYPE clusterset_encoded_cache_hits_total counter');
  expect(text).toMatch(/^clusterset_encoded_cache_hits_total 2$/m);
  expect(text).toMatch(/^clusterset_encoded_cache_misses_total 1$/m);
  expect(text).toMatch(/^clusterset_store_objects\{resource="things"\} 1$/m);
});
