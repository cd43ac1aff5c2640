export { buildDocuments } from './documents.ts';
export type { DocumentAnswer, DocumentRequest, Documents, DocumentsOptions, VersionInfo } from './types.ts';
