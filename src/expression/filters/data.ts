/** Filters between values and data formats: JSON, YAML, Ion, jq. */
import { type Args, type Call, type FilterDefinition, filter, nullSafe } from '../definition.ts';
import { argumentError } from '../error.ts';
import { readJson } from '../json.ts';
import { runJq } from '../jq.ts';
import { ion, yaml } from '../libraries.ts';
import { printJson } from '../text.ts';
import type { Value } from '../value.ts';

function toJson(input: Value, _args: Args, call: Call): Value {
  return printJson(input, call.run.printing);
}

function applyJq(input: Value, args: Args, call: Call): Value {
  const [expression] = args;
  if (typeof expression !== 'string') {
    throw argumentError("The 'jq' filter expects an argument 'expression'.", 'expression');
  }
  const data = typeof input === 'string' ? readJson(input, call.run.budget) : input;
  return runJq(data, expression, call.run);
}

const takesMore = { takesMore: true };

export const dataFilters: readonly (readonly [string, FilterDefinition])[] = [
  ['jq', nullSafe('expression: string', applyJq)],
  ['json', filter('', toJson, takesMore)],
  ['toIon', filter('', (input, _args, call) => ion().writeIon(input, call.run.budget), takesMore)],
  ['toJson', filter('', toJson, takesMore)],
  [
    'yaml',
    filter(
      '',
      (input, _args, call) =>
        input === null ? 'null' : yaml().writeYaml(input, call.run.printing),
      takesMore,
    ),
  ],
];
