import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import { shapeOfCall, shapeOfItem, shapeOfMember } from './check-call.ts';
import { VARIABLES } from './activation.ts';
import type { CelProblem } from './problem.ts';
import { patternFault } from './library/patterns.ts';
import { Refusal } from './refusal.ts';
import {
  BOOL,
  type CelShape,
  DYN,
  INT,
  joinShapes,
  listOf,
  mapOf,
  mayBe,
  NOTHING,
  shapeName,
  simple,
  STRING,
} from './shape.ts';
import { signaturesOf } from './signatures.ts';
import type { CallExpr, Comprehension, Constant, Expr, SelectExpr, StructExpr, Syntax } from './syntax.ts';
import { partsOf } from './syntax.ts';
import { TYPE_NAMES } from './type-names.ts';
import { unsupportedCall } from './unsupported.ts';

const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;
const TYPE = simple('type');

/** What a name in an expression may stand for. */
export type Names = ReadonlyMap<string, CelShape>;

/** Walks the tree: the shape of what it gives, or the first thing that is not known or cannot be right. */
export function checkExpression(syntax: Syntax, names: Names): Outcome<CelShape, CelProblem> {
  try {
    return succeeded(shapeOf(syntax.root, names));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return failed(syntax.problem(error.node, error.message));
  }
}

/** Names that the tree reads or declares itself. */
export function namesIn(root: Expr): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: Expr): void => {
    if (node.exprKind.case === 'identExpr') found.add(node.exprKind.value.name);
    for (const part of partsOf(node)) visit(part);
  };
  visit(root);
  return found;
}

/** Stands for every field of `variables`: which one is read is found out when the expression is evaluated. */
export const ANY_VARIABLE = '*';

/** Fields of `variables` that the tree reads. */
export function variablesIn(root: Expr): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: Expr): void => {
    const { exprKind } = node;
    if (exprKind.case === 'selectExpr' && isVariables(exprKind.value.operand)) {
      found.add(exprKind.value.field);
      return;
    }
    if (isVariables(node)) found.add(ANY_VARIABLE);
    for (const part of partsOf(node)) visit(part);
  };
  visit(root);
  return found;
}

function isVariables(node: Expr | undefined): boolean {
  return node?.exprKind.case === 'identExpr' && node.exprKind.value.name === VARIABLES;
}

function shapeOf(node: Expr, names: Names): CelShape {
  const { exprKind } = node;
  switch (exprKind.case) {
    case 'constExpr':
      return shapeOfConstant(node, exprKind.value);
    case 'identExpr':
      return shapeOfName(node, exprKind.value.name, names);
    case 'selectExpr':
      return shapeOfField(node, exprKind.value, names);
    case 'callExpr':
      return shapeOfAnyCall(node, exprKind.value, names);
    case 'listExpr':
      return listOf(exprKind.value.elements.map((item) => shapeOf(item, names)).reduce(joinShapes, NOTHING));
    case 'structExpr':
      return shapeOfMap(node, exprKind.value, names);
    case 'comprehensionExpr':
      return shapeOfLoop(node, exprKind.value, names);
    case undefined:
      throw new Refusal(node, 'the expression has an empty part');
  }
}

/** What a literal of a kind gives. */
const CONSTANTS = {
  int64Value: INT,
  uint64Value: simple('uint'),
  stringValue: STRING,
  boolValue: BOOL,
  doubleValue: simple('double'),
  bytesValue: simple('bytes'),
  nullValue: simple('null_type'),
  // No literal is written so.
  durationValue: DYN,
  timestampValue: DYN,
} as const;

function shapeOfConstant(node: Expr, { constantKind }: Constant): CelShape {
  if (constantKind.case === undefined) throw new Refusal(node, 'the expression has an empty part');
  if (constantKind.case === 'int64Value' && (constantKind.value > INT_MAX || constantKind.value < -INT_MAX - 1n)) {
    throw new Refusal(node, 'invalid int literal: out of range');
  }
  if (constantKind.case === 'uint64Value' && constantKind.value > UINT_MAX) {
    throw new Refusal(node, 'invalid uint literal: out of range');
  }
  return CONSTANTS[constantKind.case];
}

function shapeOfName(node: Expr, name: string, names: Names): CelShape {
  const known = names.get(name) ?? (TYPE_NAMES.has(name) ? TYPE : undefined);
  if (known === undefined) throw new Refusal(node, `undeclared reference to '${name}'`);
  return known;
}

function shapeOfField(node: Expr, { operand, field, testOnly }: SelectExpr, names: Names): CelShape {
  const qualified = qualifiedName(node, names);
  if (qualified !== undefined && TYPE_NAMES.has(qualified)) return TYPE;
  if (operand === undefined) throw new Refusal(node, 'a field of nothing');
  const shape = shapeOfMember(node, shapeOf(operand, names), field);
  return testOnly ? BOOL : shape;
}

/** `a.b.c` where `a` is no variable: may be the name of a type or a function. */
function qualifiedName({ exprKind }: Expr, names: Names): string | undefined {
  if (exprKind.case === 'identExpr') return names.has(exprKind.value.name) ? undefined : exprKind.value.name;
  if (exprKind.case !== 'selectExpr' || exprKind.value.testOnly) return undefined;
  const { operand, field } = exprKind.value;
  const before = operand === undefined ? undefined : qualifiedName(operand, names);
  return before === undefined ? undefined : `${before}.${field}`;
}

function shapeOfAnyCall(node: Expr, { function: name, target, args }: CallExpr, names: Names): CelShape {
  if (name === '_[_]') return shapeOfIndex(node, args, names);
  if (name === '_?_:_') return shapeOfChoice(node, args, names);
  const parameters = (): readonly CelShape[] => args.map((arg) => shapeOf(arg, names));
  const space = target === undefined ? undefined : qualifiedName(target, names);
  if (space !== undefined && signaturesOf(`${space}.${name}`).length > 0) {
    return shapeOfCall(node, { name: `${space}.${name}`, receiver: undefined, parameters: parameters() });
  }
  // Asked before its arguments are looked at: variables of a macro that is not supported are not known.
  const unsupported = unsupportedCall({ name, hasReceiver: target !== undefined, parameters: args.length });
  if (unsupported !== undefined) throw new Refusal(node, unsupported);
  if (target !== undefined) checkPattern(name, args[0]);
  const receiver = target === undefined ? undefined : shapeOf(target, names);
  return shapeOfCall(node, { name, receiver, parameters: parameters() });
}

function shapeOfIndex(node: Expr, [operand, index]: readonly Expr[], names: Names): CelShape {
  if (operand === undefined || index === undefined) throw new Refusal(node, 'an index of nothing');
  return shapeOfItem(node, shapeOf(operand, names), { shape: shapeOf(index, names), key: constantText(index) });
}

function checkPattern(name: string, argument: Expr | undefined): void {
  const pattern = argument === undefined ? undefined : constantText(argument);
  if (argument === undefined || pattern === undefined) return;
  const fault = patternFault(name, pattern);
  if (fault !== undefined) throw new Refusal(argument, fault);
}

function constantText({ exprKind }: Expr): string | undefined {
  const constant = exprKind.case === 'constExpr' ? exprKind.value.constantKind : undefined;
  return constant?.case === 'stringValue' ? constant.value : undefined;
}

function shapeOfChoice(node: Expr, [condition, whenTrue, whenFalse]: readonly Expr[], names: Names): CelShape {
  if (condition === undefined || whenTrue === undefined || whenFalse === undefined) {
    throw new Refusal(node, 'a choice without branches');
  }
  const shape = shapeOf(condition, names);
  if (!mayBe(shape, BOOL)) throw new Refusal(condition, `the condition must be a bool, not ${shapeName(shape)}`);
  return joinShapes(shapeOf(whenTrue, names), shapeOf(whenFalse, names));
}

function shapeOfMap(node: Expr, { messageName, entries }: StructExpr, names: Names): CelShape {
  if (messageName !== '') throw new Refusal(node, `undeclared reference to '${messageName}'`);
  let value: CelShape = NOTHING;
  for (const entry of entries) {
    if (entry.keyKind.case === 'mapKey') {
      const key = shapeOf(entry.keyKind.value, names);
      if (!mayBe(key, STRING) && !['int', 'uint', 'bool'].includes(shapeName(key))) {
        throw new Refusal(entry.keyKind.value, `unsupported key type: ${shapeName(key)}`);
      }
    }
    if (entry.value !== undefined) value = joinShapes(value, shapeOf(entry.value, names));
  }
  return mapOf(value);
}

function shapeOfLoop(node: Expr, loop: Comprehension, names: Names): CelShape {
  const { iterRange, iterVar, accuInit, accuVar, loopCondition, loopStep, result } = loop;
  if (!iterRange || !accuInit || !loopCondition || !loopStep || !result) throw new Refusal(node, 'a loop over nothing');
  const item = shapeOfTurn(iterRange, shapeOf(iterRange, names));
  const inside = new Map([...names, [iterVar, item] as const]);
  const before = new Map([...inside, [accuVar, shapeOf(accuInit, names)] as const]);
  const after = shapeOf(loopStep, before);
  shapeOf(loopCondition, before);
  return shapeOf(result, new Map([...names, [accuVar, after] as const]));
}

/** What the variable of a macro is: an item, or a key. */
function shapeOfTurn(node: Expr, range: CelShape): CelShape {
  switch (range.type) {
    case 'dyn':
      return DYN;
    case 'list':
      return range.element;
    case 'map':
    case 'object':
      return STRING;
    case 'simple':
      throw new Refusal(
        node,
        `expression of type '${shapeName(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
  }
}
