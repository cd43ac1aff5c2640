export { checkPatched } from './check-patched.ts';
export { decodeAppliedAt, decodeCreated, decodeUpdated } from './decode-request.ts';
export { parseDeleteOptions } from './delete-options.ts';
export type { WriteDeps } from './exchange.ts';
export {
  joinStrictFaults,
  refuseApplied,
  refuseObject,
  refusePatched,
  reportStrictFaults,
} from './field-validation.ts';
export { createWriteHandler } from './handler.ts';
export { patchTypeOf, readPatch } from './read-patch.ts';
export type { Patch } from './read-patch.ts';
export { parseWriteOptions } from './write-options.ts';
