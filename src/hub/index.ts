/** The hub's kube-apiserver: whom to trust, who may do what, who serves, and that the hub trusts us. */
export { CA_FIELD_MANAGER } from './ca-bundle-entry.ts';
export type { ServiceReference } from './api-service.ts';
export type { AuthenticationConfig, AuthenticationConfigDeps, AuthenticationFiles } from './authentication-config.ts';
export { createAuthenticationConfig } from './authentication-config.ts';
export type { AuthenticationTrust, TrustNames } from './authentication-trust.ts';
export { trustAmbiguity } from './authentication-trust.ts';
export { createAuthorizer } from './authorizer.ts';
export type {
  AwaitedTarget,
  CaBundleConfirmation,
  CaBundleKeeper,
  CaBundleKeeperDeps,
  CaBundleState,
} from './ca-bundle-keeper.ts';
export { createCaBundleKeeper } from './ca-bundle-keeper.ts';
export type { CaBundleTarget, WebhookEndpoint } from './ca-bundle-target.ts';
export type { CertificateSecret } from './certificate-secret.ts';
export { createCertificateSecret } from './certificate-secret.ts';
export type { EventReference, HubEvent } from './event-object.ts';
export type { EventRecorder, EventRecorderDeps, EventResult } from './event-recorder.ts';
export { createEventRecorder } from './event-recorder.ts';
export type { ForeignDefinition, ForeignDefinitions, ForeignDefinitionsDeps } from './foreign-definitions.ts';
export { watchForeignDefinitions } from './foreign-definitions.ts';
export { hubFingerprint } from './hub-fingerprint.ts';
export { REVISION_MARK_ANNOTATION } from './lease-record.ts';
export type { Lease, LeaseDeps, LeaseDescription, LeaseGrant } from './lease.ts';
export { createLease } from './lease.ts';
export type { Schedule } from './repeat.ts';
export type { ReviewDeps } from './reviews.ts';
export type { TokenDecision, TokenReviewerDeps } from './token-reviewer.ts';
export { createTokenReviewer } from './token-reviewer.ts';
export type { NamespaceWatch } from './namespace-watch.ts';
export { createNamespaceWatch } from './namespace-watch.ts';
