/** Every bound of the webhooks; times in milliseconds, sizes in bytes. */
export interface WebhookLimits {
  /** One AdmissionReview: an object and the one before it, at kube-apiserver's 3 MiB each, and what is around them. */
  readonly admissionBodyBytesMax: number;
  /** One ConversionReview: a whole list that kube-apiserver has not cached arrives at once. */
  readonly conversionBodyBytesMax: number;
  /** Of all AdmissionReviews together, what has arrived and is not answered yet; conversions take nothing of it. */
  readonly admissionBytesInFlightMax: number;
  /** The same of ConversionReviews, with what their answers have of their own: room for the largest and an answer half as large again. */
  readonly conversionBytesInFlightMax: number;
  /** AdmissionReviews that have arrived and are being judged at once. */
  readonly admissionsInFlightMax: number;
  /** ConversionReviews that have arrived and are being converted at once. */
  readonly conversionsInFlightMax: number;
  /** Objects in all ConversionReviews together; each takes about 600 bytes of the heap. */
  readonly conversionObjectsInFlightMax: number;
  /** Objects in one ConversionReview. */
  readonly conversionObjectsMax: number;
  /** One object of a ConversionReview; etcd holds none above 1.5 MiB. */
  readonly conversionObjectBytesMax: number;
  /** A conversion, and reading a large AdmissionReview, let other requests pass after so long. */
  readonly sliceMs: number;
  /** A review is answered 504 after this, or what kube-apiserver says in `timeout=`; no webhook may take longer than 30 s. */
  readonly reviewTimeoutMs: number;
  /** AdmissionReviews per second of one member whose name is in the path, proven and unproven callers apart. */
  readonly memberReviewsPerSecondMax: number;
  /** As many more may come at once after a pause. */
  readonly memberReviewsBurstMax: number;
  /** A review of such a member counts as one more for each so many bytes, which cost as much as a small review. */
  readonly memberReviewBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_WEBHOOK_LIMITS: WebhookLimits = {
  admissionBodyBytesMax: 8 * MIB,
  conversionBodyBytesMax: 256 * MIB,
  admissionBytesInFlightMax: 64 * MIB,
  conversionBytesInFlightMax: 640 * MIB,
  admissionsInFlightMax: 400,
  conversionsInFlightMax: 64,
  conversionObjectsInFlightMax: 500_000,
  conversionObjectsMax: 500_000,
  conversionObjectBytesMax: 8 * MIB,
  sliceMs: 8,
  reviewTimeoutMs: 30_000,
  memberReviewsPerSecondMax: 200,
  memberReviewsBurstMax: 400,
  memberReviewBytes: 64 * 1024,
};

/** Seconds that a caller turned away for want of room should wait. */
export const OVERLOAD_RETRY_SECONDS = 1;

/** An AdmissionReview above this is read in parts of about this size, between which other requests pass. */
export const REVIEW_PART_BYTES_MAX = 512 * 1024;

/** A review whose objects are nested deeper is not judged: everything that walks them is recursive. */
export const REVIEW_DEPTH_MAX = 1000;

/** Unknown resources, versions and operations that are told in the log, each once. */
export const UNKNOWN_SUBJECTS_LOGGED_MAX = 100;
