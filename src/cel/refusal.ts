import type { Expr } from './syntax.ts';

/** Thrown inside the walk over a tree, at the node that is refused. */
export class Refusal extends Error {
  readonly node: Expr;

  constructor(node: Expr, message: string) {
    super(message);
    this.node = node;
  }
}
