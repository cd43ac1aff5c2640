import { Refusal } from './refusal.ts';
import { type CelShape, DYN, joinShapes, mayBe, mayEqual, shapeName } from './shape.ts';
import { isReceiverCall, type Signature, signaturesOf } from './signatures.ts';
import type { Expr } from './syntax.ts';

/** A call as far as it is understood: its parts by their shapes. */
export interface KnownCall {
  readonly name: string;
  readonly receiver: CelShape | undefined;
  readonly parameters: readonly CelShape[];
}

/** The shape of what a call gives; refuses functions that do not exist, or not for such values. */
export function shapeOfCall(node: Expr, call: KnownCall): CelShape {
  const all = signaturesOf(call.name);
  if (all.length === 0) throw new Refusal(node, `undeclared reference to '${call.name}'`);
  const fitting = all.filter((signature) => fits(signature, call));
  const [first, ...others] = fitting;
  if (first === undefined || !canCompare(call)) throw new Refusal(node, noOverload(call));
  if (call.name === '_+_' && call.parameters.every(({ type }) => type === 'list')) {
    return call.parameters.reduce(joinShapes);
  }
  const same = others.every(({ result }) => shapeName(result) === shapeName(first.result));
  return same ? first.result : DYN;
}

/** False for values that are asked whether they are equal and cannot be; the functions themselves take any two. */
function canCompare({ name, parameters: [a, b] }: KnownCall): boolean {
  if ((name !== '_==_' && name !== '_!=_') || a === undefined || b === undefined) return true;
  return mayEqual(a, b);
}

function fits(signature: Signature, { receiver, parameters }: KnownCall): boolean {
  if (isReceiverCall(signature) !== (receiver !== undefined)) return false;
  if (signature.parameters.length !== parameters.length) return false;
  if (receiver !== undefined && !mayBe(receiver, signature.receiver ?? DYN)) return false;
  return signature.parameters.every((wanted, index) => mayBe(parameters[index] ?? DYN, wanted));
}

/** As cel-go words it. */
function noOverload({ name, receiver, parameters }: KnownCall): string {
  const on = receiver === undefined ? '' : `${shapeName(receiver)}.`;
  return `found no matching overload for '${name}' applied to '${on}(${parameters.map(shapeName).join(', ')})'`;
}

/** The shape of a field, or of what a constant key selects. */
export function shapeOfMember(node: Expr, operand: CelShape, field: string): CelShape {
  switch (operand.type) {
    case 'dyn':
      return DYN;
    case 'map':
      return operand.value;
    case 'object': {
      const known = operand.fields.get(field);
      if (known !== undefined) return known;
      if (operand.open) return DYN;
      throw new Refusal(node, `undefined field '${field}'`);
    }
    default:
      throw new Refusal(node, `type '${shapeName(operand)}' does not support field selection`);
  }
}

/** The shape of `operand[index]`; `key` is the index where it is a constant text. */
export function shapeOfItem(
  node: Expr,
  operand: CelShape,
  index: { shape: CelShape; key: string | undefined },
): CelShape {
  const isKey = operand.type === 'map' || operand.type === 'object';
  if (operand.type === 'dyn') return DYN;
  if (operand.type === 'list' && isOneOf(index.shape, ['int', 'uint', 'double'])) return operand.element;
  const keys = operand.type === 'map' ? ['string', 'int', 'uint', 'double', 'bool'] : ['string'];
  if (!isKey || !isOneOf(index.shape, keys)) {
    throw new Refusal(node, noOverload({ name: '_[_]', receiver: undefined, parameters: [operand, index.shape] }));
  }
  if (operand.type === 'map') return operand.value;
  return index.key === undefined ? DYN : shapeOfMember(node, operand, index.key);
}

function isOneOf(shape: CelShape, names: readonly string[]): boolean {
  return shape.type === 'dyn' || (shape.type === 'simple' && names.includes(shape.name));
}
