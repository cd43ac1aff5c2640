import { TURN } from './activation.ts';
import { type Expr, partsOf } from './syntax.ts';

/** Makes every loop of the tree count its turns, by a condition in front of the loop's own. Changes the tree. */
export function countTurns(node: Expr): Expr {
  for (const part of partsOf(node)) countTurns(part);
  if (node.exprKind.case === 'comprehensionExpr') {
    const loop = node.exprKind.value;
    if (loop.loopCondition !== undefined) loop.loopCondition = counted(loop.loopCondition);
  }
  return node;
}

function counted(condition: Expr): Expr {
  const { id } = condition;
  const turn: Expr = {
    $typeName: 'cel.expr.Expr',
    id,
    exprKind: { case: 'identExpr', value: { $typeName: 'cel.expr.Expr.Ident', name: TURN } },
  };
  return {
    $typeName: 'cel.expr.Expr',
    id,
    exprKind: {
      case: 'callExpr',
      value: { $typeName: 'cel.expr.Expr.Call', function: '_&&_', args: [turn, condition] },
    },
  };
}
