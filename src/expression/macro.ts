/** Calling a macro: a scope of nothing but its parameters, its output as text. */
import { tooMany, unknownName } from './arguments.ts';
import type * as ast from './ast.ts';
import { limitError } from './limits.ts';
import { type Frame, macroFrame } from './run.ts';
import type { Value } from './value.ts';

export function callMacro(
  macro: ast.MacroNode,
  given: ast.Arguments,
  frame: Frame,
  evaluate: (expression: ast.Expression, frame: Frame) => Value,
): Value {
  const { budget } = frame.run;
  const inner = macroFrame(frame);
  const { names } = inner.scope;
  given.positional.forEach((expression, index) => {
    const parameter = macro.parameters[index];
    if (parameter === undefined) throw tooMany(macro.parameters.length, expression);
    names.set(parameter.name, evaluate(expression, frame));
  });
  for (const argument of given.named) {
    const isKnown = macro.parameters.some(({ name }) => name === argument.name);
    if (!isKnown) throw unknownName(argument);
    names.set(argument.name, evaluate(argument.value, frame));
  }
  for (const parameter of macro.parameters) {
    if (names.has(parameter.name)) continue;
    const value = parameter.default === undefined ? null : evaluate(parameter.default, frame);
    names.set(parameter.name, value);
  }
  budget.recursion++;
  if (budget.recursion > budget.limits.recursion) {
    throw limitError('recursion', budget.limits.recursion);
  }
  const text = frame.run.executeToText(macro.body, inner);
  budget.recursion--;
  return text;
}
