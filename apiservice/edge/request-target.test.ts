import { describe, expect, test } from 'vitest';
import { DEFAULT_EDGE_LIMITS } from './limits.ts';
import { parseRequestTarget } from './request-target.ts';

const parse = (url: string) => parseRequestTarget(url, DEFAULT_EDGE_LIMITS);

describe('request target', () => {
  test('segments are decoded once, after the path was split', () => {
    expect(parse('/apis/g/v/a%62c?x=%25')).toMatchObject({
      path: '/apis/g/v/abc',
      segments: ['apis', 'g', 'v', 'abc'],
    });
    expect(parse('/a%2525')).toMatchObject({ segments: ['a%25'] });
    expect(parse('/')).toMatchObject({ path: '/', segments: [], trailingSlash: false });
    expect(parse('/apis/')).toMatchObject({ path: '/apis/', segments: ['apis'], trailingSlash: true });
  });

  test.each(['//', '/apis//', '//apis', '/apis//g', '/a%2Fb', '/a/%2f'])(
    '%s is no path of ours, and nothing is redirected',
    (url) => {
      expect(parse(url)).toEqual({ type: 'refused', status: 404, text: '404 page not found' });
    },
  );

  test.each(['', 'apis', '*', 'http://host/apis', '/%zz', '/%ff'])('%j is not understood at all', (url) => {
    expect(parse(url)).toMatchObject({ type: 'refused', status: 400 });
  });

  test('dots are names like any other', () => {
    expect(parse('/a/%2e%2e/./b')).toMatchObject({ path: '/a/.././b', segments: ['a', '..', '.', 'b'] });
  });

  test('the length of path and query is bounded', () => {
    const max = DEFAULT_EDGE_LIMITS.urlBytesMax;
    expect(parse(`/?${'a'.repeat(max - 2)}`)).toMatchObject({ type: 'target' });
    expect(parse(`/?${'a'.repeat(max - 1)}`)).toMatchObject({ type: 'refused', status: 414 });
  });

  test('the number of segments is bounded', () => {
    const max = DEFAULT_EDGE_LIMITS.pathSegmentsMax;
    expect(parse('/a'.repeat(max))).toMatchObject({ type: 'target' });
    expect(parse('/a'.repeat(max + 1))).toMatchObject({ type: 'refused', status: 404 });
    expect(parse('/a'.repeat(1000))).toMatchObject({ type: 'refused', status: 404 });
  });
});
