/** Puts the arguments of a call in the order of the declared parameters, and refuses the rest. */
import type * as ast from './ast.ts';
import type { Args, Parameter } from './definition.ts';
import { ExpressionError } from './error.ts';
import type { Value } from './value.ts';

export interface Accepting {
  readonly parameters: readonly Parameter[];
  readonly takesMore?: boolean;
}

const noArgs: Args = [];

export function bindArguments(
  given: ast.Arguments,
  accepting: Accepting,
  evaluate: (expression: ast.Expression) => Value,
): Args {
  const { positional, named } = given;
  if (positional.length === 0 && named.length === 0) return noArgs;
  const { parameters } = accepting;
  const surplus = positional[parameters.length];
  if (surplus !== undefined && accepting.takesMore !== true) {
    throw tooMany(parameters.length, surplus);
  }
  const bound: (Value | undefined)[] = positional.map(evaluate);
  for (const argument of named) {
    const index = parameters.findIndex(({ name }) => name === argument.name);
    if (index === -1) throw unknownName(argument);
    bound[index] = evaluate(argument.value);
  }
  return bound;
}

export function tooMany(count: number, at: ast.Place): ExpressionError {
  const message = `The argument at position ${count + 1} is not allowed. Only ${count} argument(s) are allowed.`;
  return new ExpressionError('argument', message, { line: at.line, column: at.column });
}

export function unknownName(argument: ast.NamedArgument): ExpressionError {
  const message = `The following named argument does not exist: ${argument.name}`;
  const { line, column, name } = argument;
  return new ExpressionError('argument', message, { line, column, subject: name });
}
