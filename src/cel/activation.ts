import type { CelInput, CelResult, CelValue } from '@bufbuild/cel';
import { bindJson } from './bind.ts';
import { customMap } from './custom-values.ts';
import { type CelMeter, createMeter } from './meter.ts';
import type { CelShape } from './shape.ts';

/** A name that no expression can write: true, and counts, whenever it is looked at. */
export const TURN = '@turn';

/** What the names of a scope stand for in one request. Values are made when an expression first reads them. */
export interface CelActivation {
  readonly meter: CelMeter;
  readonly data: Record<string, CelInput>;
}

/** A name, and its value as JSON. */
export interface CelBinding {
  readonly shape: CelShape;
  readonly value: () => unknown;
}

/** A named expression of the scope. */
export interface NamedProgram {
  readonly name: string;
  readonly run: (activation: CelActivation) => CelResult;
}

/** The prefix of named expressions. */
export const VARIABLES = 'variables';

export function createActivation(
  bindings: ReadonlyMap<string, CelBinding>,
  variables: readonly NamedProgram[],
  meter: CelMeter = createMeter(),
): CelActivation {
  // Without a prototype, so that a name of Object's own is no value.
  const data: Record<string, CelInput> = { __proto__: null };
  const activation = { meter, data };
  define(data, TURN, () => {
    meter.step();
    return true;
  });
  for (const [name, { shape, value }] of bindings)
    define(
      data,
      name,
      once(() => bindJson(value(), shape, meter)),
    );
  // The library looks for `variables.name` as a whole before it looks for `variables`: so an error of one is its value.
  const runs = variables.map(({ name, run }) => [name, once(() => run(activation))] as const);
  for (const [name, run] of runs) define(data, `${VARIABLES}.${name}`, run);
  const names = new Set(variables.map(({ name }) => name));
  define(data, VARIABLES, () => customMap({ names, get: () => null, visit: meter.step }));
  return activation;
}

function define(data: object, name: string, get: () => CelResult): void {
  Object.defineProperty(data, name, { get });
}

function once<T extends CelValue | CelResult>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
