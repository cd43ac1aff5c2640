export type { HeldProfile } from './settle-member.ts';
export type { ProfilesDeps, ProfilesLog } from './held-member.ts';
export { createOverlayWrites } from './overlay-writes.ts';
export type { OverlayWritesDeps } from './overlay-writes.ts';
export { createProfiles } from './profiles.ts';
export type { Profiles } from './profiles.ts';
export { readKeptProfiles, restoredObjects } from './restore.ts';
export type { KeptProfiles } from './restore.ts';
