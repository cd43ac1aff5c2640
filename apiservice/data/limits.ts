/** Every bound of the read paths; times in milliseconds, sizes in bytes. */
export interface DataLimits {
  /** How long a read waits for a resourceVersion that is not reached yet. */
  readonly futureRevisionMs: number;
  /** Sum of list bodies that are being sent; more are refused with 429. One body alone is never refused. */
  readonly listBytesInFlightMax: number;
  /** References to encoded objects held by one list, so that its Content-Length is known; beyond it is sent chunked. */
  readonly listHeldBytesMax: number;
  /** Bodies above this are compressed when the client asks for gzip (kube-apiserver's 128 KiB). */
  readonly gzipAboveBytes: number;
  /** Compressed parts of lists kept for the next reader. */
  readonly gzipCacheBytesMax: number;
  /** Frames of initial events kept for the next watcher that begins. */
  readonly initialFramesBytesMax: number;
  /** A client that takes nothing of a body for so long is disconnected. */
  readonly bodyStallMs: number;
  /** Watches without timeoutSeconds last between this and twice as long. */
  readonly watchTimeoutMs: number;
  /** No timeoutSeconds makes a watch last longer. */
  readonly watchTimeoutMaxMs: number;
  readonly bookmarkMs: number;
  /**
   * Bytes that wait in the socket of one watcher. Beyond it events stay in the store's history until it has taken them;
   * its watch ends when the history no longer has what it needs.
   */
  readonly clientQueueBytesMax: number;
  /** Events are written at once up to this many writes in one window, above it once per window. */
  readonly fanoutWindowMs: number;
  readonly fanoutWritesPerWindowMax: number;
  /** How long a slow watcher has to take what was already queued when its watch was cut. */
  readonly cutLingerMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_DATA_LIMITS: DataLimits = {
  futureRevisionMs: 3000,
  listBytesInFlightMax: 512 * MIB,
  listHeldBytesMax: 64 * MIB,
  gzipAboveBytes: 128 * 1024,
  gzipCacheBytesMax: 32 * MIB,
  initialFramesBytesMax: 32 * MIB,
  bodyStallMs: 60_000,
  watchTimeoutMs: 1_800_000,
  watchTimeoutMaxMs: 86_400_000,
  bookmarkMs: 60_000,
  clientQueueBytesMax: MIB,
  fanoutWindowMs: 25,
  fanoutWritesPerWindowMax: 500,
  cutLingerMs: 10_000,
};
