/**
 * Evaluates expressions: one function from tree and frame to value. It has no effects, asks nobody
 * but the frame, and spends the budget for every node.
 *
 * Undefined variables are errors that only `??`, `???`, `default` and `is defined` tolerate, and
 * those only when no other operation has wrapped them. `Pending` is tolerated by nothing.
 */
import { attributeOf, elementOf } from './access.ts';
import { bindArguments } from './arguments.ts';
import type * as ast from './ast.ts';
import { isEqual, truth } from './compare.ts';
import type { Call } from './definition.ts';
import { ExpressionError } from './error.ts';
import { filterTable } from './filters/table.ts';
import { functionTable } from './functions/table.ts';
import { callMacro } from './macro.ts';
import { arithmetic, concatenate, contains, failureTexts, isIn, isOrdered } from './operators.ts';
import { range } from './range.ts';
import { type Frame, isMissing, isWrapped, lookUp, undefinedError } from './run.ts';
import { testTable } from './tests.ts';
import { joined } from './text.ts';
import { isNumber, NumberKeyedMap, type Value } from './value.ts';

export function evaluate(node: ast.Expression, frame: Frame): Value {
  const { budget } = frame.run;
  budget.spend(1);
  budget.enter();
  const value =
    frame.run.observer === undefined
      ? evaluateNode(node, frame)
      : observed(node, frame, evaluateNode);
  budget.leave();
  return value;
}

/** Apart from the way without an observer, which it must not slow down. */
function observed<Kind extends ast.Expression, Result extends Value | undefined>(
  node: Kind,
  frame: Frame,
  run: (node: Kind, frame: Frame) => Result,
): Result {
  const { observer } = frame.run;
  observer?.begin(node);
  try {
    const value = run(node, frame);
    observer?.end(node, value);
    return value;
  } catch (error) {
    observer?.fail(node, error);
    throw error;
  }
}

function evaluateNode(node: ast.Expression, frame: Frame): Value {
  switch (node.type) {
    case 'literal':
      return node.value;
    case 'name':
      return lookUp(node.name, frame) ?? nameValue(node, frame);
    case 'attribute':
      return evaluateAttribute(node, frame);
    case 'subscript':
      return evaluateSubscript(node, frame);
    case 'binary':
      return evaluateBinary(node, frame);
    case 'unary':
      return evaluateUnary(node, frame);
    case 'filter':
      return evaluateFilter(node, frame);
    case 'test':
      return evaluateTest(node, frame);
    case 'call':
      return located(node, frame, () => evaluateCall(node, frame));
    case 'conditional':
      return evaluateConditional(node, frame);
    case 'list':
      return node.items.map((item) => evaluate(item, frame));
    case 'map':
      return evaluateMap(node, frame);
    case 'interpolation':
      return evaluateInterpolation(node, frame);
  }
}

/** A name whose value is null is there; one that is not there is an error. */
function nameValue(node: ast.Name, frame: Frame): Value {
  const value = lookUp(node.name, frame);
  if (value === undefined) throw undefinedError(node.name, node, frame.run);
  return value;
}

/** Gives errors of helpers that do not know where they were called the place of this node. */
function located<T>(node: ast.Place, frame: Frame, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ExpressionError) error.locate(node, frame.run.template.source);
    throw error;
  }
}

/** What making and catching an error costs, in steps. */
const caughtErrorSteps = 50;

/**
 * Evaluates what may be undefined; other errors pass. Plain access chains, the usual case, are
 * followed without throwing, because making an error costs more than all the rest.
 */
function unlessMissing(node: ast.Expression, frame: Frame): Value | undefined {
  const { budget, observer } = frame.run;
  budget.spend(1);
  if (isChain(node)) {
    return observer === undefined ? follow(node, frame) : observed(node, frame, follow);
  }
  const { depth, recursion } = budget;
  try {
    return evaluate(node, frame);
  } catch (error) {
    if (!isMissing(error)) throw error;
    budget.spend(caughtErrorSteps);
    budget.depth = depth;
    budget.recursion = recursion;
    return undefined;
  }
}

type Chain = ast.Name | ast.Attribute | ast.Subscript | ast.Binary;

/** Also alternatives of chains: of `a ?? b ?? c`, `a ?? b` may be undefined. */
function isChain(node: ast.Expression): node is Chain {
  if (node.type === 'attribute') return node.arguments === undefined;
  if (node.type === 'binary') return node.operator === '??' || node.operator === '???';
  return node.type === 'name' || node.type === 'subscript';
}

function follow(node: Chain, frame: Frame): Value | undefined {
  if (node.type === 'name') return lookUp(node.name, frame);
  if (node.type === 'binary') {
    const left = unlessMissing(node.left, frame);
    const isEnough =
      node.operator === '??' ? left !== null && left !== undefined : left !== undefined;
    return isEnough ? left : unlessMissing(node.right, frame);
  }
  const target = unlessMissing(node.target, frame);
  if (target === undefined) return undefined;
  if (node.type === 'attribute') {
    return located(node, frame, () => attributeOf(target, node.name));
  }
  const key = unlessMissing(node.key, frame);
  return key === undefined ? undefined : located(node, frame, () => elementOf(target, key));
}

function evaluateAttribute(node: ast.Attribute, frame: Frame): Value {
  const target = evaluate(node.target, frame);
  if (node.arguments !== undefined) throw undefinedError(node.name, node, frame.run);
  const value = located(node, frame, () => attributeOf(target, node.name));
  if (value === undefined) throw missingMember(node, node.name, target, frame);
  return value;
}

function evaluateSubscript(node: ast.Subscript, frame: Frame): Value {
  const target = evaluate(node.target, frame);
  const key = evaluate(node.key, frame);
  const value = located(node, frame, () => elementOf(target, key));
  if (value === undefined) {
    throw missingMember(node, joined(key, frame.run.budget), target, frame);
  }
  return value;
}

/** Names the first missing segment, which for a null at the root is the root itself. */
function missingMember(
  node: ast.Attribute | ast.Subscript,
  member: string,
  target: Value,
  frame: Frame,
): ExpressionError {
  const isNullRoot = target === null && node.target.type === 'name';
  const subject = isNullRoot && node.target.type === 'name' ? node.target.name : member;
  return undefinedError(subject, node, frame.run);
}

function evaluateBinary(node: ast.Binary, frame: Frame): Value {
  const { budget, dialect } = frame.run;
  const { operator } = node;
  switch (operator) {
    case '??':
      return unlessMissing(node.left, frame) ?? evaluate(node.right, frame);
    case '???': {
      const left = unlessMissing(node.left, frame);
      return left === undefined ? evaluate(node.right, frame) : left;
    }
    case 'and':
      return truthOf(node.left, 'and', frame) && truthOf(node.right, 'and', frame);
    case 'or':
      return truthOf(node.left, 'and', frame) || truthOf(node.right, 'and', frame);
    case '~': {
      const left = evaluate(node.left, frame);
      const right = evaluate(node.right, frame);
      const texts = [left, right].map((value) => (value === null ? '' : joined(value, budget)));
      return concatenate(texts[0] ?? '', texts[1] ?? '', budget);
    }
    case '..':
    case 'contains':
    case 'isIn': {
      const left = evaluate(node.left, frame);
      const right = evaluate(node.right, frame);
      return located(node, frame, () => {
        if (operator === '..') return range(left, right, 1n, budget);
        return operator === 'isIn' ? isIn(left, right, budget) : contains(left, right, budget);
      });
    }
    case '==':
    case 'equals':
      return wrapped(node, frame, (left, right) => isEqual(left, right, budget));
    case '!=':
      return wrapped(node, frame, (left, right) => !isEqual(left, right, budget));
    case '>':
    case '<':
    case '>=':
    case '<=':
      return wrapped(node, frame, (left, right) => isOrdered(operator, left, right, dialect));
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return wrapped(node, frame, (left, right) => arithmetic(operator, left, right, budget));
  }
}

function truthOf(node: ast.Expression, place: 'and' | 'not' | 'ternary', frame: Frame): boolean {
  const value = evaluate(node, frame);
  return located(node, frame, () => truth(value, place));
}

/**
 * Arithmetic and comparison report what failed inside them, undefined operands included, as their
 * own failure, which `??` does not tolerate.
 */
function wrapped(
  node: ast.Binary,
  frame: Frame,
  operate: (left: Value, right: Value) => Value,
): Value {
  try {
    return operate(evaluate(node.left, frame), evaluate(node.right, frame));
  } catch (error) {
    if (!isWrapped(error)) throw error;
    const text = failureTexts.get(node.operator) ?? 'Could not perform the operation';
    const { line, column } = node;
    const template = frame.run.template.source;
    const facts = { line, column, template, cause: error };
    throw new ExpressionError('evaluation', `${text}: ${error.message}`, facts);
  }
}

function evaluateUnary(node: ast.Unary, frame: Frame): Value {
  if (node.operator === 'not') return !truthOf(node.operand, 'not', frame);
  const operand = evaluate(node.operand, frame);
  if (node.operator === '+') {
    return isNumber(operand) ? operand : arithmeticAt(node, frame, operand, 1n);
  }
  return arithmeticAt(node, frame, operand, -1n);
}

function arithmeticAt(node: ast.Unary, frame: Frame, operand: Value, factor: bigint): Value {
  return located(node, frame, () => arithmetic('*', operand, factor, frame.run.budget));
}

function evaluateConditional(node: ast.Conditional, frame: Frame): Value {
  const branch = truthOf(node.condition, 'ternary', frame) ? node.whenTrue : node.whenFalse;
  return evaluate(branch, frame);
}

function evaluateMap(node: ast.MapLiteral, frame: Frame): Value {
  let map: Map<string, Value> | undefined;
  for (const entry of node.entries) {
    const key = evaluate(entry.key, frame);
    map ??= isNumber(key) ? new NumberKeyedMap() : new Map();
    map.set(joined(key, frame.run.budget), evaluate(entry.value, frame));
  }
  return map ?? new Map();
}

function evaluateInterpolation(node: ast.Interpolation, frame: Frame): Value {
  const { budget } = frame.run;
  const [only] = node.parts;
  // A text that is one interpolation and nothing else is the value itself.
  if (node.parts.length === 1 && only !== undefined && typeof only !== 'string') {
    return evaluate(only, frame);
  }
  let text = '';
  for (const part of node.parts) {
    const value = typeof part === 'string' ? part : evaluate(part, frame);
    if (value !== null) text = concatenate(text, joined(value, budget), budget);
  }
  return text;
}

function evaluateFilter(node: ast.Filter, frame: Frame): Value {
  const definition = filterTable.get(node.name);
  if (definition === undefined) throw unknownFilter(node, frame);
  const args = bindArguments(node.arguments, definition, (value) => evaluate(value, frame));
  const input =
    definition.toleratesMissing === true
      ? (unlessMissing(node.target, frame) ?? null)
      : evaluate(node.target, frame);
  return applyFilter(node, input, args, frame);
}

/** Applies a filter to a value that is already there, as the filter tag does too. */
export function applyFilter(
  node: ast.Place & { readonly name: string },
  input: Value,
  args: readonly (Value | undefined)[],
  frame: Frame,
): Value {
  const { budget } = frame.run;
  const definition = filterTable.get(node.name);
  if (definition === undefined) throw unknownFilter(node, frame);
  const call: Call = { name: node.name, run: frame.run, frame };
  if (typeof input === 'string') budget.text(input.length);
  const result = located(node, frame, () => definition.apply(input, args, call));
  if (typeof result === 'string') budget.text(result.length);
  else if (Array.isArray(result)) budget.list(result.length);
  return result;
}

export function bindFilterArguments(
  node: ast.FilterBlockStep,
  frame: Frame,
): readonly (Value | undefined)[] {
  const definition = filterTable.get(node.name);
  if (definition === undefined) throw unknownFilter(node, frame);
  return bindArguments(node.arguments, definition, (value) => evaluate(value, frame));
}

function unknownFilter(node: ast.Place & { readonly name: string }, frame: Frame): ExpressionError {
  return unknown('unknown-filter', `Filter [${node.name}] does not exist.`, node, frame);
}

function evaluateTest(node: ast.Test, frame: Frame): Value {
  const definition = testTable.get(node.name);
  if (definition === undefined) {
    throw unknown('unknown-test', `Test [${node.name}] does not exist.`, node, frame);
  }
  bindArguments(node.arguments, definition, (value) => evaluate(value, frame));
  const input =
    definition.toleratesMissing === true
      ? (unlessMissing(node.target, frame) ?? null)
      : evaluate(node.target, frame);
  const call: Call = { name: node.name, run: frame.run, frame };
  const holds = located(node, frame, () => definition.apply(input, call));
  return holds !== node.negated;
}

function evaluateCall(node: ast.Call, frame: Frame): Value {
  const evaluateArgument = (value: ast.Expression): Value => evaluate(value, frame);
  const definition = functionTable.get(node.name);
  const isHidden = frame.run.recursive && (node.name === 'render' || node.name === 'renderOnce');
  if (definition !== undefined && !isHidden) {
    const args = bindArguments(node.arguments, definition, evaluateArgument);
    return definition.apply(args, { name: node.name, run: frame.run, frame });
  }
  const macro = frame.run.template.macros.get(node.name);
  if (macro !== undefined) return callMacro(macro, node.arguments, frame, evaluate);
  const message = `Function or Macro [${node.name}] does not exist.`;
  throw unknown('unknown-function', message, node, frame);
}

function unknown(
  kind: 'unknown-filter' | 'unknown-test' | 'unknown-function',
  message: string,
  node: ast.Place & { readonly name: string },
  frame: Frame,
): ExpressionError {
  const { line, column, name } = node;
  const template = frame.run.template.source;
  return new ExpressionError(kind, message, { line, column, subject: name, template });
}
