import type { StoredObject } from '../../src/store/types.ts';
import type { DataDeps } from './deps.ts';
import type { Segment } from './segments.ts';
import { createSegmentCache } from './segments.ts';
import type { View } from './view.ts';
import type { FrameEncoder } from './watch-frames.ts';

/** A run is written at once; a segment of large objects becomes several. */
const RUN_BYTES = 32 * 1024;
/** After a restart all clients begin anew within some seconds; later the memory is worth more. */
const FORGET_AFTER_MS = 10_000;

/** Frames of several events in a row, with the size of each. */
export interface FrameRun {
  readonly frames: Buffer;
  readonly sizes: readonly number[];
}

/** The state as ADDED events, made once for all who begin at about the same time. Not for tables: their ages differ. */
export interface InitialFrames {
  readonly runs: (view: View, items: readonly StoredObject[]) => Iterable<FrameRun>;
}

type Runs = readonly FrameRun[];

/** What is kept is bounded by `initialFramesBytesMax`, and forgotten when nobody has begun for a while. */
export function createInitialFrames(
  deps: Pick<DataDeps, 'clock' | 'timer'> & {
    readonly limits: Pick<DataDeps['limits'], 'initialFramesBytesMax'>;
  },
  encoder: FrameEncoder,
): InitialFrames {
  const cache = createSegmentCache<Runs>(deps.limits.initialFramesBytesMax);
  let usesSinceLook = 0;
  let isWatched = false;

  const look = (): void => {
    isWatched = usesSinceLook > 0;
    usesSinceLook = 0;
    if (isWatched) deps.timer(look, FORGET_AFTER_MS);
    else cache.clear();
  };

  const noteUse = (): void => {
    usesSinceLook += 1;
    if (!isWatched) deps.timer(look, FORGET_AFTER_MS);
    isWatched = true;
  };

  const make = (segment: Segment): Runs => {
    const runs = runsOf(encoder, segment);
    const bytes = runs.reduce((sum, { frames }) => sum + frames.length, 0);
    cache.keep(segment, { value: runs, bytes, madeMs: deps.clock(), freshMs: Infinity });
    return runs;
  };

  return {
    runs: function* (view, items) {
      for (const segment of cache.cut(view, items)) {
        noteUse();
        yield* cache.find(segment, deps.clock()) ?? make(segment);
      }
    },
  };
}

function runsOf(encoder: FrameEncoder, { view, items }: Segment): Runs {
  const runs: FrameRun[] = [];
  let frames: Buffer[] = [];
  let bytes = 0;
  const close = (): void => {
    if (frames.length > 0) runs.push({ frames: Buffer.concat(frames), sizes: frames.map(({ length }) => length) });
    frames = [];
    bytes = 0;
  };
  for (const item of items) {
    const frame = encoder.initial(view, item, false);
    frames.push(frame);
    bytes += frame.length;
    if (bytes >= RUN_BYTES) close();
  }
  close();
  return runs;
}
