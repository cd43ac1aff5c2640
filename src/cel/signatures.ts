import type { CelFunc, CelType } from '@bufbuild/cel';
import { ENVIRONMENT } from './environment.ts';
import { BOOL, type CelShape, DYN, listOf, mapOf, simple } from './shape.ts';

/** One way of calling a function. */
export interface Signature {
  /** Of `x` in `x.f()`; undefined for `f(x)`. */
  readonly receiver: CelShape | undefined;
  readonly parameters: readonly CelShape[];
  readonly result: CelShape;
}

/** What the library evaluates itself, without a function. */
const BUILT_IN: readonly (readonly [string, Signature])[] = [
  ['_&&_', { receiver: undefined, parameters: [BOOL, BOOL], result: BOOL }],
  ['_||_', { receiver: undefined, parameters: [BOOL, BOOL], result: BOOL }],
  ['@not_strictly_false', { receiver: undefined, parameters: [BOOL], result: BOOL }],
];

const signatures: ReadonlyMap<string, readonly Signature[]> = readSignatures();

/** All ways of calling the function, operators and qualified names (`strings.quote`) too; [] if there is none. */
export function signaturesOf(name: string): readonly Signature[] {
  return signatures.get(name) ?? [];
}

export function isReceiverCall({ receiver }: Signature): boolean {
  return receiver !== undefined;
}

function readSignatures(): ReadonlyMap<string, readonly Signature[]> {
  const found = new Map<string, Signature[]>(BUILT_IN.map(([name, signature]) => [name, [signature]]));
  for (const func of ENVIRONMENT.funcs) {
    const known = found.get(func.name) ?? [];
    known.push(readSignature(func));
    found.set(func.name, known);
  }
  return found;
}

function readSignature(func: CelFunc): Signature {
  return {
    receiver: func.target === undefined ? undefined : readType(func.target),
    parameters: func.arguments.map(readType),
    result: readType(func.result),
  };
}

function readType(type: CelType): CelShape {
  switch (type.kind) {
    case 'list':
      return listOf(readType(type.element));
    case 'map':
      return mapOf(readType(type.value));
    case 'object':
      return simple(type.name);
    case 'scalar':
      return type.name === 'dyn' ? DYN : simple(type.name);
  }
}
