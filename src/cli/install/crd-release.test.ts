import { describe, expect, test } from 'vitest';
import { formatRelease, isNewer, releaseOf } from './crd-release.ts';

function crd(version: string | undefined, revision: string | undefined): Record<string, never> {
  const labels = {
    'multicluster.x-k8s.io/release-version': version,
    'multicluster.x-k8s.io/crd-schema-revision': revision,
  };
  return { metadata: { labels } } as unknown as Record<string, never>;
}

const of = (version?: string, revision = '0'): ReturnType<typeof releaseOf> =>
  releaseOf(crd(version, revision), 'serviceexports');

describe('the release of a definition', () => {
  test.each([
    ['v0.10.0', 'v0.9.0', true],
    ['v0.9.0', 'v0.10.0', false],
    ['v1.0.0', 'v0.99.99', true],
    ['0.5.3', 'v0.5.2', true],
    ['v0.5.2', 'v0.5.2', false],
    ['v0.5.2', 'v0.5.2-rc.1', true],
    ['v0.5.2-rc.1', 'v0.5.2', false],
    ['v0.5.2-rc.10', 'v0.5.2-rc.9', true],
    ['v0.5.2+build', 'v0.5.2', false],
  ])('%s is newer than %s: %s', (one, other, expected) => {
    expect(isNewer(of(one), of(other))).toBe(expected);
  });

  test('grows with the revision, as a number', () => {
    expect(isNewer(of('v0.5.2', '10'), of('v0.5.2', '9'))).toBe(true);
    expect(isNewer(of('v0.5.2', '9'), of('v0.5.2', '10'))).toBe(false);
    expect(isNewer(of('v0.5.1', '10'), of('v0.5.2', '0'))).toBe(false);
  });

  test.each([
    [undefined, '0'],
    ['v0.5.2', undefined],
    ['latest', '0'],
    ['v0.5', '0'],
    ['v0.5.2', '-1'],
    ['v0.5.2', 'x'],
  ])('%s, %s is older than any', (version, revision) => {
    const unknown = releaseOf(crd(version, revision), 'serviceexports');
    expect(unknown).toBeUndefined();
    expect(isNewer(unknown, of('v0.0.1'))).toBe(false);
    expect(isNewer(of('v0.0.1'), unknown)).toBe(true);
  });

  test('is told to people', () => {
    expect(formatRelease(of('v0.5.2', '1'))).toBe('v0.5.2 revision 1');
    expect(formatRelease(undefined)).toBe('of unknown release');
  });
});
