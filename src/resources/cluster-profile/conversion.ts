import type { JsonObject, JsonValue, KubeObject } from '../../kube/object.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import { withVersion } from '../api-version.ts';
import { readConversionData, withConversionData, withoutConversionData } from '../conversion-annotation.ts';

/*
 * v1alpha2 has no `credentialProviders`, and no `certificate-authority` (the path of a file) in providers. Both travel in
 * our annotation, so that nothing is lost on the way to v1alpha2 and back. Everything else is the same in both versions.
 */

const DROPPED = 'credentialProviders';
const PATH = 'certificate-authority';

/** From the storage form. */
export function toV1alpha2(object: KubeObject, version: string): KubeObject {
  const { status } = object;
  if (!isJsonObject(status))
    return withVersion({ ...object, metadata: withConversionData(object.metadata, {}) }, version);
  const { [DROPPED]: dropped, ...rest } = status;
  const { accessProviders } = rest;
  const paths = pathsIn(accessProviders);
  const kept: JsonObject = {
    ...(dropped === undefined ? {} : { [DROPPED]: dropped }),
    ...(paths.length === 0 ? {} : { accessProviders: paths }),
  };
  const data = Object.keys(kept).length === 0 ? {} : { status: kept };
  const metadata = withConversionData(object.metadata, data);
  const shown = paths.length === 0 ? rest : { ...rest, accessProviders: withoutPaths(accessProviders) };
  return withVersion({ ...object, metadata, status: shown }, version);
}

/** To the storage form. What the object says itself wins over the annotation. */
export function fromV1alpha2(object: KubeObject, version: string): KubeObject {
  const data = readConversionData(object.metadata);
  if (data === undefined) return withVersion(object, version);
  const metadata = withoutConversionData(object.metadata, data);
  const kept = isJsonObject(data.status) ? data.status : {};
  const status = isJsonObject(object.status) ? object.status : {};
  const providers = status['accessProviders'];
  const restored: JsonObject = {
    ...(kept[DROPPED] === undefined ? {} : { [DROPPED]: kept[DROPPED] }),
    ...status,
    ...(providers === undefined ? {} : { accessProviders: withPaths(providers, kept['accessProviders']) }),
  };
  const isEmpty = !isJsonObject(object.status) && Object.keys(restored).length === 0;
  return withVersion({ ...object, metadata, ...(isEmpty ? {} : { status: restored }) }, version);
}

function pathsIn(providers: JsonValue | undefined): readonly JsonObject[] {
  if (!isJsonList(providers)) return [];
  return providers.flatMap((provider) => {
    const cluster = isJsonObject(provider) ? provider['cluster'] : undefined;
    const path = isJsonObject(cluster) ? cluster[PATH] : undefined;
    const name = textAt(provider, 'name');
    return path === undefined || name === undefined ? [] : [{ name, [PATH]: path }];
  });
}

function withoutPaths(providers: JsonValue | undefined): JsonValue {
  if (!isJsonList(providers)) return providers ?? null;
  return providers.map((provider) => {
    const cluster = isJsonObject(provider) ? provider['cluster'] : undefined;
    if (!isJsonObject(provider) || !isJsonObject(cluster) || textAt(provider, 'name') === undefined) return provider;
    const entries = Object.entries(cluster).filter(([key]) => key !== PATH);
    return { ...provider, cluster: Object.fromEntries(entries) };
  });
}

function withPaths(providers: JsonValue, kept: JsonValue | undefined): JsonValue {
  if (!isJsonList(providers) || !isJsonList(kept)) return providers;
  const paths = new Map(
    kept.flatMap((one): [string, JsonValue][] => {
      const name = textAt(one, 'name');
      const path = isJsonObject(one) ? one[PATH] : undefined;
      return name === undefined || path === undefined ? [] : [[name, path]];
    }),
  );
  return providers.map((provider) => {
    const path = paths.get(textAt(provider, 'name') ?? '');
    const cluster = isJsonObject(provider) ? provider['cluster'] : undefined;
    if (path === undefined || !isJsonObject(provider) || !isJsonObject(cluster)) return provider;
    return { ...provider, cluster: { [PATH]: path, ...cluster } };
  });
}
