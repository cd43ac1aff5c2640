import { describe, expect, it } from 'vitest';
import { ports } from '../../test/support/clusterset-objects.ts';
import { KEY, merge, type ExporterShape } from '../../test/support/exporters.ts';
import type { KubeObject } from '../kube/object.ts';
import { judgeConflict } from './condition-verdict.ts';
import { serviceImportUid } from './identity.ts';
import { importNews } from './import-news.ts';
import { deriveServiceImport } from './service-import.ts';

const BEGAN = '2026-02-01T00:00:10Z';
const BEGAN_MS = Date.parse(BEGAN);

function derive(shapes: Readonly<Record<string, ExporterShape>>, now = BEGAN): KubeObject {
  const merged = merge(shapes);
  const input = { merge: merged, conflict: judgeConflict(merged), uid: serviceImportUid('blue', KEY) };
  return deriveServiceImport(input, { previous: [], now }).object;
}

const HTTP = { spec: { ports: ports('http TCP/80') } };
const WEB = { spec: { ports: ports('http TCP/8080') } };
const STICKY = { spec: { ports: ports('http TCP/8080'), sessionAffinity: 'ClientIP' } };
const HEADLESS = { spec: { ports: ports('http TCP/80'), clusterIP: 'None' } };

const AGREEING = derive({ east: HTTP, west: HTTP });
const DIFFERING = derive({ east: HTTP, west: WEB });
const WORSE = derive({ east: HTTP, west: STICKY });
const FLIPPED = derive({ east: HEADLESS, west: HTTP });

/** Reasons of what is told. */
function told(previous: KubeObject | undefined, current: KubeObject | undefined, sinceMs = 0): readonly string[] {
  return importNews({ previous, current, sinceMs }).map(({ reason }) => reason);
}

/** Before and after. */
type ImportStep = readonly [KubeObject | undefined, KubeObject | undefined];

describe('what a change of a ServiceImport means', () => {
  it.each<[string, ImportStep, readonly string[]]>([
    ['a first export', [undefined, AGREEING], []],
    ['one more cluster that agrees', [derive({ east: HTTP }), AGREEING], []],
    ['a cluster that differs', [AGREEING, DIFFERING], ['ConflictBegan']],
    ['two exports at once that differ', [undefined, DIFFERING], ['ConflictBegan']],
    ['one more cluster that differs likewise', [DIFFERING, derive({ east: HTTP, west: WEB, north: WEB })], []],
    ['one more property that differs', [DIFFERING, WORSE], ['ConflictChanged']],
    ['one property less that differs', [WORSE, DIFFERING], ['ConflictChanged']],
    ['clusters that agree again', [DIFFERING, AGREEING], ['ConflictEnded']],
    ['an older export of another type', [AGREEING, FLIPPED], ['ConflictBegan', 'TypeChanged']],
    ['another type without a conflict', [derive({ west: HTTP }), derive({ west: HEADLESS })], ['TypeChanged']],
    ['the end of the last export', [AGREEING, undefined], ['LastExportGone']],
    ['the end of the last exports, which differed', [DIFFERING, undefined], ['LastExportGone']],
    ['nothing', [undefined, undefined], []],
  ])('%s', (_, [previous, current], reasons) => {
    expect(told(previous, current)).toEqual(reasons);
  });

  it('is no news when what appears was so before', () => {
    expect(told(undefined, DIFFERING, BEGAN_MS)).toEqual(['ConflictBegan']);
    expect(told(undefined, DIFFERING, BEGAN_MS + 999)).toEqual(['ConflictBegan']);
    expect(told(undefined, DIFFERING, BEGAN_MS + 1000)).toEqual([]);
  });

  it('says who wins and why, in the words of the condition', () => {
    expect(importNews({ previous: AGREEING, current: DIFFERING, sinceMs: 0 })).toEqual([
      {
        type: 'Warning',
        reason: 'ConflictBegan',
        note: 'PortConflict: ports differ: using http TCP/80, merged with precedence of "east" (oldest export, 2026-01-05T10:00:00Z); 1 of 2 clusters differ: west.',
      },
    ]);
  });

  it('says what is over', () => {
    expect(importNews({ previous: DIFFERING, current: AGREEING, sinceMs: 0 })).toEqual([
      { type: 'Normal', reason: 'ConflictEnded', note: 'All exporting clusters agree. It was PortConflict.' },
    ]);
    expect(importNews({ previous: DIFFERING, current: undefined, sinceMs: 0 })).toEqual([
      { type: 'Normal', reason: 'LastExportGone', note: 'No valid export is left; it was exported by east, west.' },
    ]);
  });

  it('says from which type to which, and whose wish it is', () => {
    const [, news] = importNews({ previous: AGREEING, current: FLIPPED, sinceMs: 0 });
    expect(news?.type).toBe('Warning');
    expect(news?.note).toMatch(
      /^The type changed from ClusterSetIP to Headless\. .*type differs: using Headless of "east"/,
    );
  });
});
