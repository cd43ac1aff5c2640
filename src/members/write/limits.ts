/** From sending a write to its last byte; kube-apiserver gives a write 34 s inside its request limit of 60 s. */
export const WRITE_TIMEOUT_MS = 34_000;
/** An object of 1.5 MiB as JSON, with its managedFields. */
export const WRITE_ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** Writes under way to one member; more are refused, so that a slow member cannot hold up those to others. */
export const WRITES_PER_MEMBER_MAX = 64;
/** A patch that names no version is tried so often when somebody else was faster, as in kube-apiserver. */
export const PATCH_ATTEMPTS_MAX = 5;
/** Retry-After of a write to a member that cannot be reached; nothing was sent. */
export const UNREACHABLE_RETRY_SECONDS = 5;
/** Retry-After of a write that waits for others to the same member, and of a 429 of a member that names no time. */
export const BUSY_RETRY_SECONDS = 1;
/** Text of one message or cause that a member sent. */
export const MEMBER_TEXT_CHARS_MAX = 8_192;
/** Causes of one error of a member that are passed on. */
export const MEMBER_CAUSES_MAX = 100;
/** Warnings of one answer of a member that are passed on. */
export const MEMBER_WARNINGS_MAX = 50;
/** No further attempt begins this long after the first one: the last one must end within the request limit of 60 s. */
export const PATCH_ATTEMPTS_MS_MAX = 15_000;
/** Longest Retry-After of a member that is passed on. */
export const MEMBER_RETRY_SECONDS_MAX = 300;
/** Name of a row, as of every object that kube-apiserver serves. */
export const ROW_NAME_CHARS_MAX = 253;
/** Asking a member whether it serves a version. */
export const VERSION_TIMEOUT_MS = 5_000;
/** What a member was found to serve beside the version that is read, until it is asked again. */
export const SERVED_VERSIONS_KEPT_MS = 60_000;
/** Members whose versions are remembered. */
export const SERVED_VERSIONS_MEMBERS_MAX = 1_000;
/** The document with the resources of one group and version. */
export const VERSION_DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;
/** Retry-After of a write to a row that an unread member could hold. */
export const UNKNOWN_RETRY_SECONDS = 2;
