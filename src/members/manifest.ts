import { isJsonObject, type JsonObject, type KubeObject, type ObjectKey } from '../kube/object.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import { parseMemberObject } from './cut.ts';
import { RESOURCE_SOURCES } from './member-resource.ts';
import type { Sharing } from './sharing.ts';

/** What an API server adds to every object that it keeps, and what is read of no manifest. */
const KEPT_METADATA: JsonObject = { uid: '00000000-0000-4000-8000-000000000000', resourceVersion: '1' };

/**
 * An object that somebody would apply in a member, read as the member's own objects are. Of its metadata only labels and
 * annotations count: the rest is the API server's, and a file that was exported from a cluster may still have it.
 */
export function parseManifest(
  manifest: JsonObject,
  at: { readonly resource: 'serviceexports' | 'services'; readonly key: ObjectKey },
  sharing: Sharing,
): Outcome<KubeObject, string> {
  const { labels, annotations } = isJsonObject(manifest['metadata']) ? manifest['metadata'] : {};
  const { name, namespace } = at.key;
  const metadata = {
    name,
    namespace,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...KEPT_METADATA,
  };
  // A Service needs no spec to be written down, but to be read.
  const value = { ...manifest, spec: manifest['spec'] ?? {}, metadata };
  const cut = parseMemberObject(value, RESOURCE_SOURCES[at.resource], sharing);
  if (cut.type === 'kept') return succeeded({ ...cut.object, metadata: withoutKept(cut.object) });
  return failed(cut.type === 'invalid' ? cut.problem : 'an object of this server, which members do not have');
}

function withoutKept({ metadata }: KubeObject): KubeObject['metadata'] {
  const { name, namespace, labels, annotations } = metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
