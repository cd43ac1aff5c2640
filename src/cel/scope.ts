import type { JsonValue } from '../kube/object.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import { type CelActivation, type CelBinding, createActivation, VARIABLES } from './activation.ts';
import { ANY_VARIABLE } from './check.ts';
import type { CelProblem } from './problem.ts';
import { type CelProgram, compileProgram } from './program.ts';
import type { CelShape } from './shape.ts';

/** What an expression can read: names with their shapes, and named expressions as `variables.<name>`. */
export interface CelScope {
  readonly shapes: ReadonlyMap<string, CelShape>;
  readonly variables: readonly { readonly name: string; readonly program: CelProgram }[];
}

/** A problem in the named expression. */
export interface VariableProblem extends CelProblem {
  readonly variable: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A scope whose named expressions may read the names, and those before them. */
export function openScope(
  shapes: Readonly<Record<string, CelShape>>,
  variables: readonly { readonly name: string; readonly expression: string }[],
): Outcome<CelScope, VariableProblem> {
  const known = new Map(Object.entries(shapes));
  const programs: { readonly name: string; readonly program: CelProgram }[] = [];
  for (const { name, expression } of variables) {
    const scope = { shapes: known, variables: programs };
    if (!NAME.test(name)) return failed({ line: 1, column: 1, message: 'not a name', variable: name });
    if (programs.some((other) => other.name === name)) {
      return failed({ line: 1, column: 1, message: 'the name is taken', variable: name });
    }
    const compiled = compileCel(expression, scope);
    if (!compiled.ok) return failed({ ...compiled.error, variable: name });
    programs.push({ name, program: compiled.value });
  }
  return succeeded({ shapes: known, variables: programs });
}

/** A scope in which not every named expression could be taken in. */
export interface NarrowedScope {
  readonly scope: CelScope;
  /** By name: what is wrong with it, or with one that it reads. */
  readonly problems: ReadonlyMap<string, VariableProblem>;
}

/**
 * The same named expressions over other shapes, of which more is known. What does not fit those is left out, and is a
 * problem of whoever reads it only.
 */
export function narrowScope(scope: CelScope, shapes: Readonly<Record<string, CelShape>>): NarrowedScope {
  const problems = new Map<string, VariableProblem>();
  const programs: { readonly name: string; readonly program: CelProgram }[] = [];
  const known = new Map(Object.entries(shapes));
  for (const { name, program } of scope.variables) {
    const inherited = problemAmong(problems, program);
    const compiled =
      inherited === undefined ? compileCel(program.text, { shapes: known, variables: programs }) : failed(inherited);
    if (compiled.ok) programs.push({ name, program: compiled.value });
    else problems.set(name, { variable: name, ...compiled.error });
  }
  return { scope: { shapes: known, variables: programs }, problems };
}

/** The problem of a named expression that the program reads. */
export function problemAmong(
  problems: NarrowedScope['problems'],
  { variables }: Pick<CelProgram, 'variables'>,
): VariableProblem | undefined {
  return [...variables].map((name) => problems.get(name)).find((problem) => problem !== undefined);
}

/** Whether the program reads a name of the scope, itself or by named expressions. */
export function readsName(scope: CelScope, program: Pick<CelProgram, 'names' | 'variables'>, name: string): boolean {
  const reading = new Set<string>();
  const reads = ({ names, variables }: Pick<CelProgram, 'names' | 'variables'>): boolean =>
    names.has(name) ||
    (variables.has(ANY_VARIABLE) && reading.size > 0) ||
    [...variables].some((variable) => reading.has(variable));
  // Each of them reads only those before it.
  for (const one of scope.variables) if (reads(one.program)) reading.add(one.name);
  return reads(program);
}

/** Takes in one expression that reads the scope. */
export function compileCel(text: string, { shapes, variables }: CelScope): Outcome<CelProgram, CelProblem> {
  const fields = new Map(variables.map(({ name, program }) => [name, program.result] as const));
  return compileProgram(text, new Map([...shapes, [VARIABLES, { type: 'object', fields, open: false }] as const]));
}

/** The scope in one request; `values` gives the JSON of a name when it is first read. */
export function activate(scope: CelScope, values: Readonly<Record<string, () => unknown>>): CelActivation {
  const bindings = new Map<string, CelBinding>();
  for (const [name, shape] of scope.shapes) bindings.set(name, { shape, value: values[name] ?? absent });
  return createActivation(
    bindings,
    scope.variables.map(({ name, program }) => ({ name, run: program.run })),
  );
}

function absent(): JsonValue {
  return null;
}
