/** Filters that take a regular expression. The engine is linear in the text, whatever the pattern. */
import {
  type Args,
  type Call,
  type FilterDefinition,
  filter,
  integerArgument,
  nullSafe,
} from '../definition.ts';
import { argumentError, evaluationError } from '../error.ts';
import { regex } from '../libraries.ts';
import { isMap, type Value } from '../value.ts';
import { mapTexts, onlyText, textOf } from './text.ts';

function replace(input: Value, args: Args, call: Call): Value {
  const [pairs, isRegexp] = args;
  if (pairs === undefined || pairs === null) {
    throw argumentError("The argument 'replace_pairs' is required.", 'replace_pairs');
  }
  if (!isMap(pairs)) throw evaluationError("The argument 'replace_pairs' must be a map");
  const changes = Array.from(pairs.entries(), ([from, to]) => [from, textOf(to, call)] as const);
  const change = isRegexp === true ? regexChange(changes, call) : plainChange(changes, call);
  return mapTexts(input, change, call);
}

type Changes = readonly (readonly [string, string])[];

function plainChange(changes: Changes, call: Call): (text: string) => string {
  return (text) => {
    let result = text;
    for (const [from, to] of changes) {
      const hits = from === '' ? result.length + 1 : result.split(from).length - 1;
      call.run.budget.text(result.length + hits * Math.max(0, to.length - from.length));
      // A function, because a replacement text would be searched for `$&` and its like.
      result = result.replaceAll(from, () => to);
    }
    return result;
  };
}

function regexChange(changes: Changes, call: Call): (text: string) => string {
  const { replaceAll } = regex();
  return (text) => {
    let result = text;
    for (const [pattern, to] of changes) result = replaceAll(result, pattern, to, call.run.budget);
    return result;
  };
}

function split(input: Value, args: Args, call: Call): Value {
  const [delimiter, limit] = args;
  if (delimiter === undefined || delimiter === null) {
    throw argumentError('missing delimiter parameter in split filter', 'delimiter');
  }
  const parts =
    limit === undefined || limit === null
      ? 0
      : integerArgument(limit, "The 'split' filter expects an integer as argument 'limit'.");
  return regex().split(onlyText(input, call), textOf(delimiter, call), parts, call.run.budget);
}

function pattern(args: Args, call: Call): string {
  const [value] = args;
  if (typeof value === 'string') return value;
  throw argumentError(`The '${call.name}' filter expects an argument 'regex'.`, 'regex');
}

function regexMatch(input: Value, args: Args, call: Call): Value {
  const wanted = pattern(args, call);
  return input === null ? false : regex().matches(textOf(input, call), wanted, call.run.budget);
}

function regexReplace(input: Value, args: Args, call: Call): Value {
  const replacement = args[1];
  if (typeof replacement !== 'string') {
    throw argumentError(
      "The 'regexReplace' filter expects an argument 'replacement'.",
      'replacement',
    );
  }
  const { budget } = call.run;
  return regex().replaceAll(textOf(input, call), pattern(args, call), replacement, budget);
}

function regexExtract(input: Value, args: Args, call: Call): Value {
  const [, group] = args;
  const index =
    group === undefined || group === null
      ? 0
      : integerArgument(group, "The 'regexExtract' filter expects an integer as argument 'group'.");
  return regex().extract(textOf(input, call), pattern(args, call), index, call.run.budget);
}

export const regexFilters: readonly (readonly [string, FilterDefinition])[] = [
  ['regexExtract', nullSafe('regex: string, group?: integer', regexExtract)],
  ['regexMatch', filter('regex: string', regexMatch)],
  ['regexReplace', nullSafe('regex: string, replacement: string', regexReplace)],
  ['replace', nullSafe('replace_pairs: map, regexp?: boolean', replace)],
  ['split', nullSafe('delimiter: string, limit?: integer', split)],
];
