/**
 * Executes the nodes of a template against an output. Two outputs exist: text, and the typed one
 * that keeps a lone value as it is.
 */
import type * as ast from './ast.ts';
import { truth } from './compare.ts';
import { ExpressionError, evaluationError } from './error.ts';
import { applyFilter, bindFilterArguments, evaluate } from './evaluate.ts';
import { limitError } from './limits.ts';
import { type Output, TextOutput } from './output.ts';
import { assign, type Frame, innerFrame, isWrapped } from './run.ts';
import { joined } from './text.ts';
import { isList, isMap, type Value } from './value.ts';

export function execute(nodes: readonly ast.Node[], frame: Frame, output: Output): void {
  const { budget } = frame.run;
  budget.enter();
  for (const node of nodes) {
    budget.spend(1);
    executeNode(node, frame, output);
  }
  budget.leave();
}

export function executeToText(nodes: readonly ast.Node[], frame: Frame): string {
  const output = new TextOutput(frame.run.printing);
  execute(nodes, frame, output);
  return output.text;
}

function executeNode(node: ast.Node, frame: Frame, output: Output): void {
  switch (node.type) {
    case 'text':
      output.writeText(node.text);
      return;
    case 'print':
      output.writeValue(evaluate(node.expression, frame));
      return;
    case 'if':
      executeIf(node, frame, output);
      return;
    case 'for':
      executeFor(node, frame, output);
      return;
    case 'set':
      assign(node.name, evaluate(node.value, frame), frame);
      return;
    case 'macro':
      // Macros are hoisted; their definition prints nothing.
      return;
    case 'block':
      executeBlock(node, frame, output);
      return;
    case 'filter-block':
      executeFilterBlock(node, frame, output);
  }
}

function executeIf(node: ast.IfNode, frame: Frame, output: Output): void {
  const arm = node.arms.find(({ condition }) => conditionHolds(condition, frame));
  const body = arm?.body ?? node.otherwise;
  if (body !== undefined) execute(body, frame, output);
}

function conditionHolds(condition: ast.Expression, frame: Frame): boolean {
  try {
    return truth(evaluate(condition, frame), 'if');
  } catch (error) {
    if (!isWrapped(error)) throw error;
    const { line, column } = condition;
    throw new ExpressionError(
      'evaluation',
      `Wrong operand(s) type in conditional expression: ${error.message}`,
      { line, column, template: frame.run.template.source, cause: error },
    );
  }
}

function executeFor(node: ast.ForNode, frame: Frame, output: Output): void {
  const iterable = evaluate(node.iterable, frame);
  if (iterable === null) return;
  const items = itemsOf(iterable, node, frame);
  if (items.length === 0) {
    if (node.otherwise !== undefined) execute(node.otherwise, frame, output);
    return;
  }
  const inner = innerFrame(frame);
  const { names } = inner.scope;
  items.forEach((item, index) => {
    names.set('loop', loopFacts(index, items.length));
    names.set(node.name, item);
    execute(node.body, inner, output);
  });
}

function itemsOf(iterable: Value, node: ast.ForNode, frame: Frame): readonly Value[] {
  if (isList(iterable)) return iterable;
  if (isMap(iterable)) {
    const entries: Value[] = [];
    for (const [key, value] of iterable.entries()) {
      entries.push(
        new Map<string, Value>([
          ['key', key],
          ['value', value],
        ]),
      );
    }
    return entries;
  }
  const text = joined(iterable, frame.run.budget);
  const error = evaluationError(`Not an iterable object. Value = [${text}]`);
  throw error.locate(node, frame.run.template.source);
}

function loopFacts(index: number, length: number): Value {
  return new Map<string, Value>([
    ['index', BigInt(index)],
    ['length', BigInt(length)],
    ['revindex', BigInt(length - 1 - index)],
    ['first', index === 0],
    ['last', index === length - 1],
  ]);
}

/** Blocks can print themselves through `block()`, so they count as recursion. */
function executeBlock(node: ast.BlockNode, frame: Frame, output: Output): void {
  const { budget } = frame.run;
  budget.recursion++;
  if (budget.recursion > budget.limits.recursion) {
    throw limitError('recursion', budget.limits.recursion).locate(node, frame.run.template.source);
  }
  execute(node.body, frame, output);
  budget.recursion--;
}

function executeFilterBlock(node: ast.FilterBlockNode, frame: Frame, output: Output): void {
  let value: Value = executeToText(node.body, frame);
  for (const step of node.filters) {
    value = applyFilter(step, value, bindFilterArguments(step, frame), frame);
  }
  output.writeValue(value);
}
