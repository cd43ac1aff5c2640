export { checkPatched } from './check-patched.ts';
export { decodeAppliedAt, decodeCreated, decodeUpdated } from './decode-request.ts';
export type { ObjectPath } from './decode-request.ts';
export type { DecodedObject, ExpectedType } from './decode-object.ts';
export { parseDeleteOptions } from './delete-options.ts';
export type { DeleteOptions, PropagationPolicy } from './delete-options.ts';
export {
  joinStrictFaults,
  refuseApplied,
  refuseObject,
  refusePatched,
  reportStrictFaults,
  strictFaultsOf,
} from './field-validation.ts';
export type { RefuseStrictly } from './field-validation.ts';
export { patchTypeOf, readPatch } from './read-patch.ts';
export type { Patch, PatchType } from './read-patch.ts';
export { parseWriteOptions } from './write-options.ts';
export type { FieldValidation, WriteOptions } from './write-options.ts';
export type { WriteDeps } from './exchange.ts';
export { createWriteHandler } from './handler.ts';
