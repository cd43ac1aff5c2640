/** What a request for a published document says that matters for the answer. */
export interface DocumentRequest {
  /** The first Accept header line as sent; undefined when absent. */
  readonly accept: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly acceptEncoding: string | undefined;
  readonly query: URLSearchParams;
  /** Indented JSON for people; OpenAPI stays as it is. */
  readonly pretty?: boolean;
}

/** A complete answer. The server adds only its own general headers (Audit-Id and the like) and omits the body for HEAD. */
export interface DocumentAnswer {
  readonly status: 200 | 304 | 406;
  /** Lower-case names: content-type, etag, vary, cache-control, content-encoding, expires, content-length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Every document that depends only on the definitions: discovery, OpenAPI and /version. Built once at start, held as
 * bytes (OpenAPI also gzipped), the same for all users, and equal in all replicas and after a restart.
 */
export interface Documents {
  /** Every path that `answer` knows, sorted; '/' lists them for clients. */
  readonly paths: readonly string[];
  /** undefined: there is no document at this path. Any method is answered alike. */
  readonly answer: (path: string, request: DocumentRequest) => DocumentAnswer | undefined;
}

/** The body of /version. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

export interface DocumentsOptions {
  readonly version: VersionInfo;
  /** Further paths that '/' lists, such as /healthz and /metrics. */
  readonly otherPaths: readonly string[];
  /** Epoch milliseconds, for the Expires header of immutable OpenAPI documents. */
  readonly clock: () => number;
}
