/** Filters on text. Most take the text of any value; a few insist on text. */
import { isEmpty } from '../compare.ts';
import { type Args, type Call, type FilterDefinition, filter, nullSafe } from '../definition.ts';
import { argumentError, evaluationError } from '../error.ts';
import { joined } from '../text.ts';
import { isList, isMap, isNumber, kindOf, type Value } from '../value.ts';

export function textOf(input: Value, call: Call): string {
  return joined(input, call.run.budget);
}

/** The text itself; anything else is refused, as the reference engine's casts do. */
export function onlyText(input: Value, call: Call): string {
  if (typeof input === 'string') return input;
  throw evaluationError(
    `ClassCastException: the filter '${call.name}' wants text, not a ${kindOf(input)}`,
  );
}

function requiredText(args: Args, name: string, call: Call): string {
  const [value] = args;
  if (value === undefined || value === null) {
    throw argumentError(`The '${call.name}' filter expects an argument '${name}'.`, name);
  }
  return textOf(value, call);
}

function abbreviate(input: Value, args: Args, call: Call): Value {
  const [given] = args;
  if (typeof given !== 'bigint') {
    throw evaluationError("The 'abbreviate' filter expects an integer as argument 'length'.");
  }
  const length = Number(given);
  if (length < 0) {
    throw evaluationError('Invalid argument to abbreviate filter; must be greater than zero');
  }
  const text = onlyText(input, call);
  if (text.length < length || text.length <= 3) return text;
  return length <= 3 ? text.slice(0, length) : `${text.slice(0, length - 3)}...`;
}

function capitalize(text: string): string {
  const index = text.search(/\S/);
  if (index === -1) return text;
  const char = String.fromCodePoint(text.codePointAt(index) ?? 0);
  return text.slice(0, index) + char.toUpperCase() + text.slice(index + char.length);
}

function title(text: string): string {
  let wordStarts = true;
  let result = '';
  for (const char of text) {
    result += wordStarts ? char.toUpperCase() : char;
    wordStarts = /\s/.test(char);
  }
  return result;
}

const quotings = new Map([
  ['single', (text: string) => text.replaceAll("'", "\\'")],
  ['double', (text: string) => text.replaceAll('"', '\\"')],
  ['shell', (text: string) => text.replaceAll("'", "'\\''")],
]);

function escapeChar(input: Value, args: Args, call: Call): Value {
  const [type] = args;
  if (type === undefined || type === null) {
    throw argumentError("The 'escapeChar' filter expects an argument 'type'.", 'type');
  }
  const quote = typeof type === 'string' ? quotings.get(type.toLowerCase()) : undefined;
  if (quote === undefined) {
    throw evaluationError(
      "The 'escapeChar' filter expects the value of 'type' to be either 'single', 'double' or 'shell'.",
    );
  }
  return mapTexts(input, quote, call);
}

/** Walks lists and maps and turns every scalar into changed text; nulls stay. */
export function mapTexts(input: Value, change: (text: string) => string, call: Call): Value {
  const { budget } = call.run;
  budget.spend(1);
  if (input === null) return null;
  if (isList(input)) return input.map((item) => mapTexts(item, change, call));
  if (isMap(input)) {
    const result = new Map<string, Value>();
    for (const [key, item] of input.entries()) {
      result.set(change(key), mapTexts(item, change, call));
    }
    return result;
  }
  const text = change(textOf(input, call));
  budget.text(text.length);
  return text;
}

function slugify(text: string): string {
  return text
    .replace(/\s/g, '-')
    .normalize('NFD')
    .replace(/[^\w-]/g, '')
    .replace(/_/g, '-')
    .replace(/-+/g, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
}

type Cut = (text: string, separator: string) => string;

const cuts: readonly (readonly [string, Cut])[] = [
  ['substringBefore', (text, at) => before(text, text.indexOf(at))],
  ['substringBeforeLast', (text, at) => before(text, text.lastIndexOf(at))],
  ['substringAfter', (text, at) => after(text, text.indexOf(at), at)],
  ['substringAfterLast', (text, at) => after(text, text.lastIndexOf(at), at)],
];

function before(text: string, index: number): string {
  return index === -1 ? text : text.slice(0, index);
}

function after(text: string, index: number, separator: string): string {
  return index === -1 ? '' : text.slice(index + separator.length);
}

function toText(input: Value, _args: Args, call: Call): Value {
  if (isNumber(input)) return textOf(input, call);
  const isNumeric = typeof input === 'string' && /^[+-]?[0-9]+(\.[0-9]+)?$/.test(input.trim());
  if (isNumeric) return input;
  throw evaluationError(`The 'string' filter can only be applied to a number or a numeric text`);
}

function fallback(input: Value, args: Args): Value {
  return isEmpty(input) ? (args[0] ?? null) : input;
}

function affix(check: (text: string, part: string) => boolean): FilterDefinition['apply'] {
  return (input, args, call) => {
    const part = args[0] ?? null;
    if (input === null || part === null) {
      throw evaluationError(`NullPointerException: '${call.name}' on null`);
    }
    return check(textOf(input, call), textOf(part, call));
  };
}

const takesMore = { takesMore: true };

export const textFilters: readonly (readonly [string, FilterDefinition])[] = [
  ['abbreviate', nullSafe('length: integer', abbreviate)],
  [
    'capitalize',
    nullSafe('', (input, _args, call) => capitalize(onlyText(input, call)), takesMore),
  ],
  ['default', filter('default?', fallback, { toleratesMissing: true })],
  [
    'endsWith',
    filter(
      'value: string',
      affix((text, part) => text.endsWith(part)),
    ),
  ],
  ['escapeChar', nullSafe('type: string', escapeChar)],
  ['lower', nullSafe('', (input, _args, call) => textOf(input, call).toLowerCase(), takesMore)],
  ['slugify', nullSafe('', (input, _args, call) => slugify(textOf(input, call)), takesMore)],
  [
    'startsWith',
    filter(
      'value: string',
      affix((text, part) => text.startsWith(part)),
    ),
  ],
  ['string', nullSafe('', toText, takesMore)],
  ...cuts.map(
    ([name, cut]) =>
      [
        name,
        nullSafe('separator: string', (input, args, call) =>
          cut(textOf(input, call), requiredText(args, 'separator', call)),
        ),
      ] as const,
  ),
  ['title', nullSafe('', (input, _args, call) => title(onlyText(input, call)), takesMore)],
  ['trim', nullSafe('', (input, _args, call) => trim(onlyText(input, call)), takesMore)],
  ['upper', nullSafe('', (input, _args, call) => textOf(input, call).toUpperCase(), takesMore)],
];

/** Java's trim: control characters and the space, nothing beyond. */
function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text.charCodeAt(from) <= 0x20) from++;
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--;
  return text.slice(from, to);
}
