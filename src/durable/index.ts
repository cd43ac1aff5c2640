export type { RevisionMark, RevisionMarkDeps, Start } from './counters.ts';
export { countStart, createRevisionMark, readRevisionMark, REVISION_MARK_LEAD_MS } from './counters.ts';
export type { DirectoryLock, LockFailure } from './directory-lock.ts';
export { acquireDirectoryLock } from './directory-lock.ts';
export type { DirectoryStoreDeps } from './directory-store.ts';
export { createDirectoryStore } from './directory-store.ts';
export type { DurableProblem } from './durable-error.ts';
export { DurableError, toDurableError } from './durable-error.ts';
export type { HubObjectStoreDeps } from './hub-object-store.ts';
export { createHubObjectStore, HUB_CHUNK_BYTES_MAX } from './hub-object-store.ts';
export type { HubObject, HubObjects } from './hub-objects.ts';
export type {
  MemberSnapshot,
  UnreadSnapshot,
  SnapshotResource,
  SnapshotWriter,
  SnapshotWriterDeps,
} from './member-snapshots.ts';
export { createSnapshotWriter, readSnapshots } from './member-snapshots.ts';
export type { RecordKind } from './record.ts';
export type { Offer, RecordWriter, RecordWriterDeps, RecordWriterLimits, Schedule } from './record-writer.ts';
export { createRecordWriter, DEFAULT_RECORD_WRITER_LIMITS } from './record-writer.ts';
export type { SmallRecord } from './small-record.ts';
export { readDocuments, readSmallRecord, writeSmallRecord } from './small-record.ts';
