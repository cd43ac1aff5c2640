import { expect, test } from 'vitest';
import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';
import { externalService, inClusterService } from './service-manifests.ts';
import { movesService } from './service-move.ts';

const PLACE = { namespace: 'ours', name: 'webhooks' };
const PODS = [inClusterService(PLACE, { selector: { app: 'webhooks' }, port: 8443 })];
const NAME = externalService(PLACE, { host: 'one.example.com', port: 443 });
const OTHER_NAME = externalService(PLACE, { host: 'two.example.com', port: 443 });
const ADDRESS = externalService(PLACE, { host: '192.0.2.1', port: 443 });
const OTHER_ADDRESS = externalService(PLACE, { host: '192.0.2.2', port: 443 });

/** A cluster that has these objects, with what a kube-apiserver adds. */
function cluster(present: readonly Manifest[]): ClusterClient {
  const unused = (): never => {
    throw new Error('not used');
  };
  const objects = new Map(
    present.map((object) => [
      objectPath(object),
      { ...object, status: {}, metadata: { ...object.metadata, uid: '1' } },
    ]),
  );
  return {
    server: 'https://east',
    get: (path) => Promise.resolve(objects.get(path)),
    ...{ create: unused, list: unused, listNames: unused, listMetadata: unused, merge: unused },
    ...{ attempt: unused, apply: unused, remove: unused, clockSkewSeconds: unused },
  };
}

test.each([
  { what: 'nothing', present: [], wanted: PODS, moves: false },
  { what: 'pods', present: PODS, wanted: PODS, moves: false },
  { what: 'a name', present: NAME, wanted: NAME, moves: false },
  { what: 'an address', present: ADDRESS, wanted: ADDRESS, moves: false },
  { what: 'pods, and then to a name', present: PODS, wanted: NAME, moves: true },
  { what: 'a name, and then to pods', present: NAME, wanted: PODS, moves: true },
  { what: 'a name, and then to another', present: NAME, wanted: OTHER_NAME, moves: true },
  { what: 'an address, and then to another', present: ADDRESS, wanted: OTHER_ADDRESS, moves: true },
  { what: 'pods, and then to an address', present: PODS, wanted: ADDRESS, moves: true },
])('a Service that leads to $what', async ({ present, wanted, moves }) => {
  expect(await movesService(cluster(present), wanted)).toBe(moves);
});
