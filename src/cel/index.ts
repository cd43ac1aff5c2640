export type { CelActivation } from './activation.ts';
export type { CelProblem } from './problem.ts';
export type { CelProgram } from './program.ts';
export { activate, compileCel, narrowScope, openScope, problemAmong, readsName } from './scope.ts';
export type { CelScope, NarrowedScope, VariableProblem } from './scope.ts';
export {
  ANY_OBJECT,
  BOOL,
  DYN,
  INT,
  listOf,
  mapOf,
  mayBe,
  objectOf,
  shapeOfKind,
  shapeOfSchema,
  STRING,
} from './shape.ts';
export type { CelShape } from './shape.ts';
