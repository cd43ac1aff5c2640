export type { EncodedCache, EncodedCacheFigures } from './encoded-cache.ts';
export type { RowKeyOf } from './member-views.ts';
export { atRevision, withMemberViews } from './member-views.ts';
export { createEncodedCache, ENCODED_BYTES_MAX } from './encoded-cache.ts';
export type { Commit, StoreEngine } from './engine.ts';
export type { EngineStoreDeps, Store, StoreDeps, StoreLimits } from './store.ts';
export { createStore, createStoreOn, DEFAULT_STORE_LIMITS } from './store.ts';
export type { OnSinkError } from './subscriptions.ts';
