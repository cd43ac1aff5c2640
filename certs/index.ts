export { createCertificateDirectory } from './certificate-directory.ts';
export type { FileSourceOptions } from './file-source.ts';
export { createFileSource } from './file-source.ts';
export type { AuthorityRequest, CertificateAndKey, ClientRequest, ServingRequest, Validity } from './issue.ts';
export { issueAuthority, issueClient, issueServing } from './issue.ts';
export type { KeyAlgorithm } from './key-pair.ts';
export type { CertificateFiles, OwnSourceOptions } from './own-source.ts';
export { createOwnSource } from './own-source.ts';
export type {
  Schedule,
  ServingCertificate,
  ServingCertificateDeps,
  ServingCertificateDescription,
  StartResult,
} from './serving-certificate.ts';
export { createServingCertificate } from './serving-certificate.ts';
export type { CertificateSource, ServingMaterial, SourceReading } from './source.ts';
