/** Functions that read data formats. */
import { type Args, type Call, fn, type FunctionDefinition } from '../definition.ts';
import { argumentError, ExpressionError, evaluationError } from '../error.ts';
import { readJsonPrefix } from '../json.ts';
import { ion, yaml } from '../libraries.ts';
import type { Value } from '../value.ts';

function textOf(args: Args, name: string, call: Call): string | null {
  const [value] = args;
  if (value === undefined) {
    throw argumentError(`The '${call.name}' function expects an argument '${name}'.`, name);
  }
  if (value === null) return null;
  if (typeof value !== 'string') {
    throw argumentError(
      `The '${call.name}' function expects an argument '${name}' with type string.`,
      name,
    );
  }
  call.run.budget.text(value.length);
  return value;
}

function fromJson(args: Args, call: Call): Value {
  const text = textOf(args, 'json', call);
  if (text === null) return null;
  try {
    // Whatever follows the first value is ignored.
    return readJsonPrefix(text, 0, call.run.budget).value;
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.kind === 'limit') throw error;
    throw evaluationError(`Invalid json: ${error.message}`, error);
  }
}

function fromIon(args: Args, call: Call): Value {
  const text = textOf(args, 'ion', call);
  if (text === null) return null;
  return args[1] === true
    ? ion().readAllIon(text, call.run.budget)
    : ion().readIon(text, call.run.budget);
}

function fromYaml(args: Args, call: Call): Value {
  const text = textOf(args, 'yaml', call);
  if (text === null) {
    throw argumentError("The 'yaml' function expects an argument 'yaml' with type string.", 'yaml');
  }
  return yaml().readYaml(text, call.run.budget);
}

export const dataFunctions: readonly (readonly [string, FunctionDefinition])[] = [
  ['fromIon', fn('ion: string, allRows?: boolean', fromIon)],
  ['fromJson', fn('json: string', fromJson)],
  ['json', fn('json: string', fromJson)],
  ['yaml', fn('yaml: string', fromYaml)],
];
