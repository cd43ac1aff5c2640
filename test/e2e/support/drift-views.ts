import type { DriftRequest } from './drift-request.ts';
import { EXPORTS, mcs, PROPERTIES, SERVICES } from './drift-request.ts';
import { CUSTOM } from './drift-custom.ts';
import { DELETES, READS } from './drift-requests.ts';

/** Requests for the kinds that views of single members serve; namespace `drift` must be there. */
export const VIEW_REQUESTS: readonly DriftRequest[] = [
  ...CUSTOM.filter(isOfViews),
  {
    title: 'create an export with a label',
    method: 'POST',
    path: EXPORTS,
    body: { ...mcs('ServiceExport', 'labelled'), metadata: { name: 'labelled', labels: { b: '2' } } },
  },
  {
    title: 'create a property with a label',
    method: 'POST',
    path: PROPERTIES,
    body: {
      apiVersion: 'about.k8s.io/v1beta1',
      kind: 'ClusterProperty',
      metadata: { name: 'location.example.com', labels: { b: '2' } },
      spec: { value: 'eu-1' },
    },
  },
  ...READS.filter(({ path }) => path.startsWith(SERVICES)).flatMap((request) => [
    readOf(request, 'exports', EXPORTS),
    readOf(request, 'properties', PROPERTIES),
  ]),
  {
    title: 'delete a property with the wrong uid',
    method: 'DELETE',
    path: `${PROPERTIES}/location.example.com`,
    body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: '00000000-0000-4000-8000-000000000000' } },
  },
  {
    title: 'dry run of a delete of a property',
    method: 'DELETE',
    path: `${PROPERTIES}/location.example.com?dryRun=All`,
  },
  ...DELETES.filter(isOfViews),
  { title: 'delete a property again', method: 'DELETE', path: `${PROPERTIES}/cluster.clusterset.k8s.io` },
  { title: 'delete all properties', method: 'DELETE', path: PROPERTIES },
  { title: 'and none is left', method: 'GET', path: PROPERTIES },
];

/** The status is the member's alone: it can be read, not written. */
function isOfViews({ method, path }: DriftRequest): boolean {
  if (method !== 'GET' && path.endsWith('/status')) return false;
  return path.includes('/serviceexports') || path.startsWith(PROPERTIES);
}

/** Tables have the columns of rows. */
function readOf(request: DriftRequest, kind: string, collection: string): DriftRequest {
  const isTable = request.accept?.includes('as=Table') === true;
  const path = request.path.replace(SERVICES, collection);
  return {
    ...request,
    title: `${request.title} (${kind})`,
    path,
    textsDiffer: request.textsDiffer === true || isTable,
  };
}
