/**
 * What happened during a render: every expression that was evaluated, with its value, in the order
 * in which the values came about, and how deep it was nested. Literals are left out, because their
 * text is their value. Values are kept, not copied: nothing in the language changes one.
 */
import type * as ast from './ast.ts';
import { ExpressionError } from './error.ts';
import { printExpression } from './print.ts';
import type { Observer } from './run.ts';
import type { Value } from './value.ts';

export interface TraceEntry {
  readonly expression: string;
  /** 0 for what a template prints, one more for each expression around it. */
  readonly depth: number;
  readonly outcome: TraceOutcome;
}

export type TraceOutcome =
  | { readonly type: 'value'; readonly value: Value }
  /** Does not exist, which was tolerated. */
  | { readonly type: 'missing' }
  | { readonly type: 'error'; readonly error: ExpressionError };

/** A loop can evaluate without end; the beginning says enough. */
const entriesMax = 10_000;

export class Trace implements Observer {
  readonly #dialect: ast.Dialect;
  readonly #entries: (Omit<TraceEntry, 'expression'> & { readonly node: ast.Expression })[] = [];
  #depth = 0;
  /** How many evaluations found no room. */
  omitted = 0;

  constructor(dialect: ast.Dialect = '1.x') {
    this.#dialect = dialect;
  }

  begin(): void {
    this.#depth++;
  }

  end(node: ast.Expression, value: Value | undefined): void {
    this.#add(node, value === undefined ? { type: 'missing' } : { type: 'value', value });
  }

  fail(node: ast.Expression, error: unknown): void {
    // Anything else, `Pending` above all, ends the render, and this trace with it.
    if (error instanceof ExpressionError) this.#add(node, { type: 'error', error });
  }

  /** The texts are made here, so that watching costs little. */
  entries(): readonly TraceEntry[] {
    return this.#entries.map(({ node, depth, outcome }) => {
      return { expression: printExpression(node, this.#dialect), depth, outcome };
    });
  }

  #add(node: ast.Expression, outcome: TraceOutcome): void {
    this.#depth--;
    if (node.type === 'literal') return;
    if (this.#entries.length >= entriesMax) {
      this.omitted++;
      return;
    }
    this.#entries.push({ node, depth: this.#depth, outcome });
  }
}
