/** Small member clusters in this process: for trying the product and for fast tests. They prove nothing about Kubernetes. */
export type { ExampleMember } from './example.ts';
export { EXAMPLE_MEMBERS, exampleObjects } from './example.ts';
export type { ExampleAccess } from './example-changes.ts';
export { CHANGE_INTERVAL_MS, startExampleChanges } from './example-changes.ts';
export { EMBEDDED_KINDS } from './kinds.ts';
export type { EmbeddedMember, EmbeddedMemberDeps, ObjectAccess } from './member-cluster.ts';
export { createEmbeddedMember } from './member-cluster.ts';
