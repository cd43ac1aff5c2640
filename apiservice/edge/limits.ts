/** Every bound of the edges. Defaults are kube-apiserver's where it has one. */
export interface EdgeLimits {
  /** Short read requests at once (get, list); more are answered 429. */
  readonly readsInFlightMax: number;
  /** Mutating requests at once. */
  readonly writesInFlightMax: number;
  /** Watches at once; kube-apiserver has no such bound, but each costs memory here too. */
  readonly watchesMax: number;
  /** Path and query of a request; more is 414. */
  readonly urlBytesMax: number;
  /** Path segments after decoding; no route has more than eight. */
  readonly pathSegmentsMax: number;
  /** Body of a write; more is 413. */
  readonly bodyBytesMax: number;
  /** A short request is answered 504 after this; `timeout=` may shorten it. */
  readonly requestTimeoutMs: number;
  /** How long readiness fails while everything is still served, so that endpoints can drain. */
  readonly shutdownDelayMs: number;
  /** How long a shutdown waits for short requests that are still being answered. */
  readonly shutdownInFlightMs: number;
}

export const DEFAULT_EDGE_LIMITS: EdgeLimits = {
  readsInFlightMax: 400,
  writesInFlightMax: 200,
  watchesMax: 5_000,
  urlBytesMax: 128 * 1024,
  pathSegmentsMax: 16,
  bodyBytesMax: 3 * 1024 * 1024,
  requestTimeoutMs: 60_000,
  shutdownDelayMs: 0,
  shutdownInFlightMs: 60_000,
};

/** Bounds of the TLS listener. */
export interface ListenerLimits {
  /** Request line and all headers; users with many groups need far more than Node's 16 KiB. */
  readonly headerBytesMax: number;
  /** From the first byte (or the connection) to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** From the first byte to the end of the body. */
  readonly receiveTimeoutMs: number;
  /** Idle kept-alive connections; Go clients give up theirs after 90 s, and must be the first to do so. */
  readonly keepAliveTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** TCP keep-alive probes find peers that vanished without a word under a silent watch. */
  readonly tcpKeepAliveMs: number;
  readonly connectionsMax: number;
}

export const DEFAULT_LISTENER_LIMITS: ListenerLimits = {
  headerBytesMax: 1024 * 1024,
  headersTimeoutMs: 32_000,
  receiveTimeoutMs: 70_000,
  keepAliveTimeoutMs: 120_000,
  handshakeTimeoutMs: 10_000,
  tcpKeepAliveMs: 30_000,
  connectionsMax: 20_000,
};

/** Seconds that a client turned away by an in-flight bound should wait (kube-apiserver sends the same). */
export const OVERLOAD_RETRY_SECONDS = 1;
/** Seconds that a client turned away during shutdown should wait. */
export const SHUTDOWN_RETRY_SECONDS = 5;
