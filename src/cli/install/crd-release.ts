import type { JsonObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import { crdReleaseLabels } from '../../resources/index.ts';

/** What the labels of a definition say of its age. */
export interface ReleaseNumbers {
  /** Major, minor, patch. */
  readonly version: readonly [number, number, number];
  /** Before a release come its candidates, by text. */
  readonly candidate: string | undefined;
  readonly revision: number;
}

/** undefined when a label is missing or says nothing: such a definition counts as the oldest. */
export function releaseOf(crd: JsonObject, resource: string): ReleaseNumbers | undefined {
  const labels = crdReleaseLabels(resource);
  const version = textAt(crd, 'metadata', 'labels', labels.version) ?? '';
  const revision = textAt(crd, 'metadata', 'labels', labels.revision) ?? '';
  const match = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(version);
  if (match === null || !/^\d{1,9}$/.test(revision)) return undefined;
  const [, major, minor, patch, candidate] = match;
  return { version: [Number(major), Number(minor), Number(patch)], candidate, revision: Number(revision) };
}

/** Whether the first is newer: by release as semver, then by revision. */
export function isNewer(one: ReleaseNumbers | undefined, other: ReleaseNumbers | undefined): boolean {
  if (one === undefined) return false;
  if (other === undefined) return true;
  for (const [index, number] of one.version.entries()) {
    const difference = number - (other.version[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  if (one.candidate !== other.candidate) return isLaterCandidate(one.candidate, other.candidate);
  return one.revision > other.revision;
}

function isLaterCandidate(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === undefined;
  return one.localeCompare(other, 'en', { numeric: true }) > 0;
}

/** `v0.5.2 revision 1`, or what is said of a definition without labels. */
export function formatRelease(release: ReleaseNumbers | undefined): string {
  if (release === undefined) return 'of unknown release';
  const candidate = release.candidate === undefined ? '' : `-${release.candidate}`;
  return `v${release.version.join('.')}${candidate} revision ${release.revision}`;
}
