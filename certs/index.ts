export type { CertificateDirectory } from './certificate-directory.ts';
export { createCertificateDirectory } from './certificate-directory.ts';
export type { CertificateDescription } from './describe.ts';
export { describeCertificates } from './describe.ts';
export type { FileSourceOptions } from './file-source.ts';
export { createFileSource } from './file-source.ts';
export type { AuthorityRequest, CertificateAndKey, ClientRequest, ServingRequest, Validity } from './issue.ts';
export { issueAuthority, issueClient, issueServing } from './issue.ts';
export type { KeyAlgorithm } from './key-pair.ts';
export type { CertificateFiles } from './kept-certificates.ts';
export type { Confirmation, OwnSourceOptions, RotationProgress } from './own-source.ts';
export { createOwnSource } from './own-source.ts';
export type { CertificateOverview, CertificateState, OverviewRow } from './overview.ts';
export { overviewOf } from './overview.ts';
export type { RotationPhase } from './rotation-plan.ts';
export type { AwaitedTarget, RotationRequest } from './rotation-request.ts';
export {
  awaitedName,
  formatRequest,
  parseReport,
  parseRequest,
  REPORT_FILE,
  REQUEST_FILE,
} from './rotation-request.ts';
export type {
  Schedule,
  ServingCertificate,
  ServingCertificateDeps,
  ServingCertificateDescription,
  StartResult,
} from './serving-certificate.ts';
export { createServingCertificate } from './serving-certificate.ts';
export type { CertificateSource, ServingMaterial, SourceReading } from './source.ts';
