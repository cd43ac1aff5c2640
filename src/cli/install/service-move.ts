import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';

/** Whether applying these objects leads the callers of a Service that is there to somebody else. */
export async function movesService(client: ClusterClient, wanted: readonly Manifest[]): Promise<boolean> {
  for (const object of wanted) {
    if (object.kind !== 'Service' && object.kind !== 'EndpointSlice') continue;
    const present = await client.get(objectPath(object));
    if (present !== undefined && destinationOf(present) !== destinationOf(object)) return true;
  }
  return false;
}

/** To whom a Service or one of its EndpointSlices leads, as far as we make them differ. */
function destinationOf(object: JsonObject): string {
  if (object['kind'] === 'EndpointSlice') {
    const endpoints = isJsonList(object['endpoints']) ? object['endpoints'].filter(isJsonObject) : [];
    return JSON.stringify(endpoints.map(({ addresses }) => addresses));
  }
  const name = textAt(object, 'spec', 'externalName');
  if (name !== undefined) return `name ${name}`;
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  return spec['selector'] === undefined ? 'addresses' : 'pods';
}
