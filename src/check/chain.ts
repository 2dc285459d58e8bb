/** Access chains (`a.b[c]`), and which of them a condition mentions. */
import type * as ast from '../expression/ast.ts';
import type { Step } from './known.ts';

export interface Chain {
  /** What the chain starts at: a name, or any other expression. */
  readonly start: ast.Expression;
  readonly steps: readonly Step[];
  /** Subscripts and arguments inside it, to be looked at on their own. */
  readonly inner: readonly ast.Expression[];
  /** `x.name(…)`: no value has methods. */
  readonly method: ast.Attribute | undefined;
}

export type ChainNode = ast.Name | ast.Attribute | ast.Subscript;

export function chainOf(node: ChainNode): Chain {
  const steps: Step[] = [];
  const inner: ast.Expression[] = [];
  let method: ast.Attribute | undefined;
  let at: ast.Expression = node;
  while (at.type === 'attribute' || at.type === 'subscript') {
    const { line, column } = at;
    if (at.type === 'subscript') {
      const name = literalText(at.key);
      steps.unshift({ line, column, key: at.key, ...(name !== undefined && { name }) });
      inner.unshift(at.key);
    } else {
      if (at.arguments !== undefined) {
        method = at;
        inner.unshift(...at.arguments.positional, ...at.arguments.named.map(({ value }) => value));
      }
      steps.unshift({ line, column, name: at.name });
    }
    at = at.target;
  }
  return { start: at, steps, inner, method };
}

function literalText(key: ast.Expression): string | undefined {
  return key.type === 'literal' && typeof key.value === 'string' ? key.value : undefined;
}

/** A root and the keys below it; null stands for any key. */
export type Mention = readonly (string | null)[];

function mentionOf(chain: Chain): Mention | undefined {
  if (chain.start.type !== 'name') return undefined;
  return [chain.start.name, ...chain.steps.map(({ name }) => name ?? null)];
}

/** One leads to the other. */
export function overlap(a: Mention, b: Mention): boolean {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [left, right] = [a[index], b[index]];
    if (left !== null && right !== null && left !== right) return false;
  }
  return true;
}

/** Every chain that an expression has anywhere. */
export function mentionsIn(node: ast.Expression): readonly Mention[] {
  const found: Mention[] = [];
  for (const chain of chainsIn(node)) {
    const mention = mentionOf(chain);
    if (mention !== undefined) found.push(mention);
  }
  return found;
}

function* chainsIn(node: ast.Expression): Iterable<Chain> {
  if (node.type === 'name' || node.type === 'attribute' || node.type === 'subscript') {
    const chain = chainOf(node);
    yield chain;
    for (const inner of chain.inner) yield* chainsIn(inner);
    if (chain.start.type !== 'name') yield* chainsIn(chain.start);
    return;
  }
  for (const child of childrenOf(node)) yield* chainsIn(child);
}

function childrenOf(node: Exclude<ast.Expression, ChainNode>): readonly ast.Expression[] {
  switch (node.type) {
    case 'literal':
      return [];
    case 'interpolation':
      return node.parts.filter((part) => typeof part !== 'string');
    case 'list':
      return node.items;
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'call':
      return argumentsOf(node.arguments);
    case 'filter':
    case 'test':
      return [node.target, ...argumentsOf(node.arguments)];
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'conditional':
      return [node.condition, node.whenTrue, node.whenFalse];
  }
}

function argumentsOf(args: ast.Arguments): readonly ast.Expression[] {
  return [...args.positional, ...args.named.map(({ value }) => value)];
}
