/** Filters on lists and maps. They build new lists and maps and never change what they are given. */
import { compareNumbers, isEqual } from '../compare.ts';
import {
  type Args,
  type Call,
  type FilterDefinition,
  filter,
  integerArgument,
  nullSafe,
} from '../definition.ts';
import { argumentError, evaluationError } from '../error.ts';
import { isDate, isList, isMap, isNumber, kindOf, type Value } from '../value.ts';
import { textOf } from './text.ts';

/** Java class names, which the reference engine's messages show. */
function actualType(value: Value): string {
  if (typeof value === 'string') return 'java.lang.String';
  if (typeof value === 'bigint') return 'java.lang.Integer';
  if (typeof value === 'number') return 'java.lang.Double';
  if (typeof value === 'boolean') return 'java.lang.Boolean';
  if (isList(value)) return 'java.util.ArrayList';
  return isMap(value) ? 'java.util.LinkedHashMap' : kindOf(value);
}

function refuse(call: Call, wanted: string, value: Value): never {
  throw evaluationError(
    `'${call.name}' filter can only be applied to ${wanted}. Actual type was: ${actualType(value)}`,
  );
}

function onlyList(input: Value, call: Call): readonly Value[] {
  return isList(input) ? input : refuse(call, 'List', input);
}

function chunk(input: Value, args: Args, call: Call): Value {
  const [given] = args;
  if (given === undefined || given === null) {
    throw argumentError("The 'chunk' filter expects an argument 'size'.", 'size');
  }
  const size = typeof given === 'bigint' ? Number(given) : 0;
  if (size < 1) throw evaluationError("The 'chunk' filter expects a positive integer as its size.");
  const list = onlyList(input, call);
  call.run.budget.list(list.length);
  const chunks: Value[] = [];
  for (let from = 0; from < list.length; from += size) chunks.push(list.slice(from, from + size));
  return chunks;
}

function distinct(input: Value, _args: Args, call: Call): Value {
  if (input === null) return 'null';
  const kept: Value[] = [];
  for (const item of onlyList(input, call)) {
    call.run.budget.spend(1 + kept.length);
    if (!kept.some((other) => isEqual(other, item, call.run.budget))) kept.push(item);
  }
  return kept;
}

function edge(side: 'first' | 'last'): FilterDefinition['apply'] {
  return (input, _args, call) => {
    if (isList(input)) return input.at(side === 'first' ? 0 : -1) ?? null;
    if (typeof input === 'string' && input !== '') {
      return input.charAt(side === 'first' ? 0 : input.length - 1);
    }
    const given = input === '' ? 'an empty text' : `a ${kindOf(input)}`;
    throw evaluationError(`The '${call.name}' filter cannot take the ${side} element of ${given}`);
  };
}

function flatten(input: Value, _args: Args, call: Call): Value {
  const flat = onlyList(input, call).flatMap((item) => {
    call.run.budget.spend(isList(item) ? item.length : 1);
    return isList(item) ? [...item] : [item];
  });
  return flat;
}

function join(input: Value, args: Args, call: Call): Value {
  const list = onlyList(input, call);
  const [separator] = args;
  const between = separator === undefined || separator === null ? '' : textOf(separator, call);
  let length = 0;
  const texts = list.map((item) => {
    const text = textOf(item, call);
    length += text.length + between.length;
    call.run.budget.text(length > call.run.budget.limits.outputCharacters ? length : text.length);
    return text;
  });
  return texts.join(between);
}

function keys(input: Value, _args: Args, call: Call): Value {
  if (isMap(input)) return [...input.keys()];
  if (isList(input)) return input.map((_item, index) => BigInt(index));
  return refuse(call, 'List, Map, Array', input);
}

function values(input: Value, _args: Args, call: Call): Value {
  if (!isMap(input)) return refuse(call, 'Map', input);
  return Array.from(input.entries(), ([, value]) => value);
}

function length(input: Value): Value {
  if (typeof input === 'string' || isList(input)) return BigInt(input.length);
  return isMap(input) ? BigInt(input.size) : 0n;
}

function merge(input: Value, args: Args, call: Call): Value {
  const items = args[0] ?? null;
  if (input === null && items === null) {
    throw evaluationError('The two arguments to be merged are null');
  }
  if (input === null) return items;
  if (items === null) return input;
  if (isMap(input)) return mergeIntoMap(input, items, call);
  if (!isList(input)) {
    throw evaluationError('The object being filtered is not a Map/List/Array');
  }
  if (isList(items)) return sizedList([...input, ...items], call);
  if (isMap(items)) {
    const entries = Array.from(
      items.entries(),
      ([key, value]) =>
        new Map<string, Value>([
          ['key', key],
          ['value', value],
        ]),
    );
    return sizedList([...input, ...entries], call);
  }
  throw evaluationError('Currently, only Maps, Lists and Arrays can be merged with a List');
}

function sizedList(list: readonly Value[], call: Call): Value {
  call.run.budget.list(list.length);
  return list;
}

function mergeIntoMap(input: ReadonlyMap<string, Value>, items: Value, call: Call): Value {
  const result = new Map<string, Value>(input.entries());
  if (isMap(items)) for (const [key, value] of items.entries()) result.set(key, value);
  else if (isList(items)) for (const item of items) result.set(textOf(item, call), item);
  else throw evaluationError('Currently, only Maps and Lists can be merged with a Map');
  call.run.budget.list(result.size);
  return result;
}

function slice(input: Value, args: Args, call: Call): Value {
  if (typeof input !== 'string' && !isList(input)) {
    throw evaluationError(`Slice filter: cannot slice a ${kindOf(input)}`);
  }
  const size = input.length;
  const message = `Argument fromIndex must be a number.`;
  const from = args[0] === undefined || args[0] === null ? 0 : integerArgument(args[0], message);
  const to =
    args[1] === undefined || args[1] === null
      ? size
      : integerArgument(args[1], 'Argument toIndex must be a number.');
  if (from < 0) throw evaluationError('fromIndex must be greater than 0');
  if (to > size) throw evaluationError(`toIndex must be smaller than input size: ${size}`);
  if (from >= to) throw evaluationError('toIndex must be greater than fromIndex');
  call.run.budget.spend(to - from);
  return input.slice(from, to);
}

/** The natural order of one kind of value; lists of mixed kinds have none. */
function naturalOrder(a: Value, b: Value, call: Call): number {
  call.run.budget.spend(1);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (isDate(a) && isDate(b)) return a.epochSecond - b.epochSecond || a.nano - b.nano;
  throw evaluationError(
    `ClassCastException: '${call.name}' cannot compare a ${kindOf(a)} with a ${kindOf(b)}`,
  );
}

function sorter(direction: 1 | -1): FilterDefinition['apply'] {
  return (input, _args, call) => {
    const list = onlyList(input, call);
    call.run.budget.list(list.length);
    return list.toSorted((a, b) => direction * naturalOrder(a, b, call));
  };
}

const takesMore = { takesMore: true };

export const collectionFilters: readonly (readonly [string, FilterDefinition])[] = [
  ['chunk', nullSafe('size: integer', chunk)],
  ['distinct', filter('', distinct, takesMore)],
  ['first', nullSafe('', edge('first'), takesMore)],
  ['flatten', nullSafe('', flatten, takesMore)],
  ['join', nullSafe('separator?: string', join)],
  ['keys', nullSafe('', keys, takesMore)],
  ['last', nullSafe('', edge('last'), takesMore)],
  ['length', filter('', length, takesMore)],
  ['merge', filter('items', merge)],
  ['reverse', nullSafe('', (input, _args, call) => onlyList(input, call).toReversed(), takesMore)],
  ['rsort', nullSafe('', sorter(-1), takesMore)],
  ['slice', nullSafe('fromIndex?: integer, toIndex?: integer', slice)],
  ['sort', nullSafe('', sorter(1), takesMore)],
  ['values', nullSafe('', values, takesMore)],
];
