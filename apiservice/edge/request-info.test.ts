import { describe, expect, test } from 'vitest';
import { DEFAULT_EDGE_LIMITS } from './limits.ts';
import { describeRequest } from './request-info.ts';
import { parseRequestTarget } from './request-target.ts';

function describeUrl(method: string, url: string) {
  const target = parseRequestTarget(url, DEFAULT_EDGE_LIMITS);
  if (target.type === 'refused') throw new Error(target.text);
  return describeRequest(method, target);
}

/** verb namespace/resource/name/subresource, or verb and path. */
function short(method: string, url: string): string {
  const { action } = describeUrl(method, url);
  if (action.type === 'nonResource') return `${action.verb} ${action.path}`;
  return `${action.verb} ${action.namespace}/${action.resource}/${action.name}/${action.subresource}`;
}

describe('request attributes as RBAC rules name them', () => {
  test.each([
    ['POST', '/apis/g/v/namespaces/n/r', 'create n/r//'],
    ['POST', '/apis/g/v/namespaces/n/r/x', 'create n/r/x/'],
    ['GET', '/apis/g/v/r', 'list /r//'],
    ['HEAD', '/apis/g/v/r', 'list /r//'],
    ['GET', '/apis/g/v/namespaces/n/r', 'list n/r//'],
    ['GET', '/apis/g/v/namespaces/n/r?watch=true', 'watch n/r//'],
    ['GET', '/apis/g/v/r?watch=1', 'watch /r//'],
    ['GET', '/apis/g/v/r?watch=', 'watch /r//'],
    ['GET', '/apis/g/v/r?watch=maybe', 'watch /r//'],
    ['GET', '/apis/g/v/r?watch=0', 'list /r//'],
    ['GET', '/apis/g/v/r?watch=False', 'list /r//'],
    ['GET', '/apis/g/v/r?watch=false&watch=true', 'list /r//'],
    ['GET', '/apis/g/v/namespaces/n/r/x', 'get n/r/x/'],
    ['HEAD', '/apis/g/v/namespaces/n/r/x', 'get n/r/x/'],
    ['GET', '/apis/g/v/namespaces/n/r/x?watch=1', 'get n/r/x/'],
    ['GET', '/apis/g/v/namespaces/n/r/x/status', 'get n/r/x/status'],
    ['PUT', '/apis/g/v/namespaces/n/r/x', 'update n/r/x/'],
    ['PUT', '/apis/g/v/namespaces/n/r', 'update n/r//'],
    ['PATCH', '/apis/g/v/namespaces/n/r/x', 'patch n/r/x/'],
    ['DELETE', '/apis/g/v/namespaces/n/r/x', 'delete n/r/x/'],
    ['DELETE', '/apis/g/v/namespaces/n/r', 'deletecollection n/r//'],
    ['OPTIONS', '/apis/g/v/namespaces/n/r', ' n/r//'],
    ['GET', '/apis/g/v/namespaces', 'list /namespaces//'],
    ['GET', '/apis/g/v/namespaces/n', 'get n/namespaces/n/'],
    ['PUT', '/apis/g/v/namespaces/n/finalize', 'update n/namespaces/n/finalize'],
    ['GET', '/apis/g/v/watch/namespaces/n/r', 'watch n/r//'],
    ['GET', '/apis/g/v/watch/namespaces/n/r/x', 'watch n/r/x/'],
    ['GET', '/apis/g/v/watch/r?fieldSelector=metadata.name=x', 'watch /r//'],
    ['GET', '/apis/g/v/watch', 'list /watch//'],
    ['GET', '/apis/g/v', 'get /apis/g/v'],
    ['GET', '/api/v/namespaces/n/r/x/status', 'get n/r/x/status'],
    ['GET', '/api/v/namespaces/n', 'get n/namespaces/n/'],
    ['GET', '/api/v/watch/r', 'watch /r//'],
    ['GET', '/api/v', 'get /api/v'],
    ['GET', '/api', 'get /api'],
    ['GET', '/openapi/v3/apis/g/v', 'get /openapi/v3/apis/g/v'],
    ['GET', '/version/', 'get /version/'],
    ['POST', '/metrics', 'post /metrics'],
  ])('%s %s is %s', (method, url, expected) => {
    expect(short(method, url)).toBe(expected);
  });

  test.each([
    ['metadata.name=x', 'x'],
    ['metadata.name==x', 'x'],
    ['spec.a=b,metadata.name=x', 'x'],
    [String.raw`metadata.name=a\,b`, 'a,b'],
    ['metadata.name!=x', ''],
    ['metadata.namespace=x', ''],
    ['xmetadata.name=x', ''],
    ['metadata.name=..', ''],
    ['metadata.name=a/b', ''],
    ['', ''],
  ])('the field selector %j gives lists and watches the name %j', (selector, name) => {
    const query = `fieldSelector=${encodeURIComponent(selector)}`;
    expect(short('GET', `/apis/g/v/namespaces/n/r?${query}`)).toBe(`list n/r/${name}/`);
    expect(short('GET', `/apis/g/v/namespaces/n/r?watch=1&${query}`)).toBe(`watch n/r/${name}/`);
    expect(describeUrl('GET', `/apis/g/v/namespaces/n/r?${query}`).pathName).toBe('');
    expect(short('DELETE', `/apis/g/v/namespaces/n/r?${query}`)).toBe('deletecollection n/r//');
  });

  test('only watches run long, and everything but reading changes something', () => {
    expect(describeUrl('GET', '/apis/g/v/r?watch=1')).toMatchObject({ longRunning: true, mutating: false });
    expect(describeUrl('GET', '/apis/g/v/r')).toMatchObject({ longRunning: false, mutating: false });
    expect(describeUrl('DELETE', '/apis/g/v/r')).toMatchObject({ longRunning: false, mutating: true });
    expect(describeUrl('POST', '/version')).toMatchObject({ longRunning: false, mutating: true });
  });

  test('more behind a subresource, and a slash at the end, are told', () => {
    const url = '/apis/g/v/namespaces/n/r/x/status';
    expect(describeUrl('GET', url)).toMatchObject({ isTooLong: false, endsWithSlash: false });
    expect(describeUrl('GET', `${url}/y`)).toMatchObject({ isTooLong: true, endsWithSlash: false });
    expect(describeUrl('GET', `${url}/`)).toMatchObject({ isTooLong: false, endsWithSlash: true });
  });
});

test('the core group is the empty one, under /api', () => {
  expect(describeUrl('GET', '/api/v1/r').action).toMatchObject({ group: '', version: 'v1', resource: 'r' });
  expect(describeUrl('GET', '/apis/g/v1/r').action).toMatchObject({ group: 'g', version: 'v1', resource: 'r' });
});
