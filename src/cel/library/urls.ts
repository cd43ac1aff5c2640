import { celFunc, type CelFunc, celList, celMap, celMethod, CelScalar, listType, mapType } from '@bufbuild/cel';
import { createOpaqueType } from '../opaque.ts';
import { isParsed } from './parsed.ts';
import { checkUrl, hostnameOf, parseUrl, portOf, queryOf, type Url, urlKey } from './url-value.ts';

const { BOOL, STRING } = CelScalar;

export const URL_TYPE = createOpaqueType<Url>('kubernetes.URL', urlKey);
const { type, wrap, unwrap } = URL_TYPE;

/** The URL library of Kubernetes. */
export const URLS: readonly CelFunc[] = [
  celFunc('url', [STRING], type, (text) => wrap(parseUrl(text))),
  celFunc('isURL', [STRING], BOOL, (text) => isParsed(checkUrl, text)),
  celMethod('getScheme', type, [], STRING, function () {
    return unwrap(this).scheme;
  }),
  celMethod('getHost', type, [], STRING, function () {
    return unwrap(this).host;
  }),
  celMethod('getHostname', type, [], STRING, function () {
    return hostnameOf(unwrap(this));
  }),
  celMethod('getPort', type, [], STRING, function () {
    return portOf(unwrap(this));
  }),
  celMethod('getEscapedPath', type, [], STRING, function () {
    return unwrap(this).path;
  }),
  celMethod('getQuery', type, [], mapType(STRING, listType(STRING)), function () {
    const values = [...queryOf(unwrap(this))].map(([name, texts]) => [name, celList(texts)] as const);
    return celMap(new Map(values));
  }),
];
