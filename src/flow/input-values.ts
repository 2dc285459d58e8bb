/**
 * One input value by its type: what is accepted, what it becomes, and which bounds it must keep.
 *
 * Dates, times and durations are checked and then kept as their normal ISO text. The causes in the
 * messages are Kestra's own, word for word, since users and tests know them.
 */
import { Duration, Instant, LocalDate, LocalTime, OffsetDateTime } from '@js-joda/core';
import { RE2JS } from 're2js';
import type { Input, Json } from '../engine/flow.ts';
import { readDocument } from './document.ts';
import { validateJson } from './json-schema.ts';
import { fromJson, isMap, jsonText, numberOf, parseJson, type InputValue } from './json-text.ts';
import type { Node } from './node.ts';
import { createReport } from './report.ts';

/** Why a value was refused; `received` overrides what the message says was given. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

type Rules = Input['rules'];
type Parser = (given: InputValue, rules: Rules) => InputValue;

const parsers: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['STRING', text],
  ['SECRET', text],
  ['INT', integer],
  ['FLOAT', decimal],
  ['BOOL', (given) => textOf(given).toLowerCase() === 'true'],
  ['DATETIME', (given, rules) => moment(given, rules, instants)],
  ['DATE', (given, rules) => moment(given, rules, dates)],
  ['TIME', (given, rules) => moment(given, rules, times)],
  ['DURATION', duration],
  ['JSON', json],
  ['YAML', yaml],
  ['EMAIL', email],
  ['URI', uri],
  ['ARRAY', array],
  ['MULTISELECT', multiselect],
]);

/** Everything but FILE, SELECT and ENUM, which need more than the value. Throws `Refused`. */
export function parseInput(type: string, given: InputValue, rules: Rules): InputValue {
  const parser = parsers.get(type);
  // Types without a rule of their own (SELECT, ENUM, FILE addresses) are texts.
  return parser === undefined ? textOf(given) : parser(given, rules);
}

/** Outputs declare no types of items, which stay as they are. Throws `Refused`. */
export function parseOutput(written: string, given: InputValue): InputValue {
  const type = typeNamed(written);
  return type === 'ARRAY' || type === 'MULTISELECT' ? listOf(given) : parseInput(type, given, {});
}

/** The text of a value: lists and maps as JSON. */
export function textOf(value: InputValue): string {
  return typeof value === 'string' ? value : jsonText(value);
}

function text(given: InputValue, rules: Rules): string {
  const value = textOf(given);
  const { validator } = rules;
  if (typeof validator === 'string' && !RE2JS.compile(validator).matcher(value).matches()) {
    throw new Refused(`it must match the pattern \`${validator}\``);
  }
  return value;
}

const int32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };

function integer(given: InputValue, rules: Rules): bigint {
  const value = textOf(given).trim();
  const parsed = /^[-+]?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
  if (parsed === undefined || parsed < int32.min || parsed > int32.max) {
    throw new Refused(`it must be an integer of 32 bits`);
  }
  checkRange(Number(parsed), rules);
  return parsed;
}

function decimal(given: InputValue, rules: Rules): number {
  const value = textOf(given).trim();
  const isNumber = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$/.test(value);
  const parsed = Number(value);
  if (!isNumber || !Number.isFinite(parsed)) throw new Refused('it must be a number');
  checkRange(parsed, rules);
  return parsed;
}

function checkRange(value: number, { min, max }: Rules): void {
  if (typeof min === 'number' && value < min) throw new Refused(`it must be more than \`${min}\``);
  if (typeof max === 'number' && value > max) throw new Refused(`it must be less than \`${max}\``);
}

interface Moments {
  readonly what: string;
  parse(text: string): { compareTo(other: never): number; toString(): string };
}

const instants: Moments = {
  what: 'an ISO instant such as 2026-01-31T10:00:00Z',
  parse: (value) =>
    value.endsWith('Z') ? Instant.parse(value) : OffsetDateTime.parse(value).toInstant(),
};
const dates: Moments = {
  what: 'a date such as 2026-01-31',
  parse: (value) => LocalDate.parse(value),
};
const times: Moments = {
  what: 'a time such as 10:15:00',
  parse: (value) => LocalTime.parse(value),
};

function moment(given: InputValue, { after, before }: Rules, kind: Moments): string {
  const value = parsed(() => kind.parse(textOf(given)), `it must be ${kind.what}`);
  for (const [bound, word, sign] of [
    [after, 'after', -1],
    [before, 'before', 1],
  ] as const) {
    if (typeof bound !== 'string') continue;
    const limit = parsed(() => kind.parse(bound), `its bound \`${bound}\` is not ${kind.what}`);
    if (Math.sign(value.compareTo(limit as never)) === sign) {
      throw new Refused(`it must be ${word} \`${limit.toString()}\``);
    }
  }
  return value.toString();
}

function duration(given: InputValue, { min, max }: Rules): string {
  const value = parsed(() => Duration.parse(textOf(given)), 'it must be an ISO-8601 duration');
  if (typeof min === 'string' && value.compareTo(Duration.parse(min)) < 0) {
    throw new Refused(`It must be more than \`${Duration.parse(min).toString()}\``);
  }
  if (typeof max === 'string' && value.compareTo(Duration.parse(max)) > 0) {
    throw new Refused(`It must be less than \`${Duration.parse(max).toString()}\``);
  }
  return value.toString();
}

function parsed<T>(parse: () => T, cause: string): T {
  try {
    return parse();
  } catch (error) {
    throw new Refused(cause, { cause: error });
  }
}

function json(given: InputValue, { jsonSchema }: Rules): InputValue {
  const value =
    typeof given === 'string' ? parsed(() => parseJson(given), 'it must be valid JSON') : given;
  const problem = jsonSchema === undefined ? undefined : validateJson(jsonSchema, value);
  if (problem === undefined) return value;
  const place = problem.at === '' ? '' : ` at \`${problem.at}\``;
  throw new Refused(`it does not fit its schema${place}: ${problem.reason}`);
}

function yaml(given: InputValue): InputValue {
  if (typeof given !== 'string') return given;
  const report = createReport();
  const node = readDocument(given, report);
  if (node === undefined || report.hasErrors) throw new Refused('it must be valid YAML');
  return fromNode(node);
}

function fromNode(node: Node): InputValue {
  if (node.type === 'list') return node.items.map(fromNode);
  if (node.type === 'map') {
    return new Map([...node.entries].map(([key, entry]) => [key, fromNode(entry.value)]));
  }
  if (typeof node.value !== 'number') return node.value;
  const exact = numberOf(node.text);
  return typeof exact === 'bigint' || /[.eE]/.test(node.text) ? exact : fromJson(node.value);
}

function email(given: InputValue): string {
  const value = textOf(given);
  const isEmail = value.length <= 254 && /^[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+$/.test(value);
  if (value !== '' && !isEmail) throw new Refused('The input must be a valid email');
  return value;
}

function uri(given: InputValue): string {
  const value = textOf(given);
  if (!/^[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(value)) {
    throw new Refused('Invalid URI format.');
  }
  return value;
}

/** A list, or the JSON text of one. */
function listOf(given: InputValue): readonly InputValue[] {
  const value =
    typeof given === 'string' ? parsed(() => parseJson(given), 'it must be a JSON array') : given;
  if (typeof value === 'object' && value !== null && !isMap(value)) return value;
  throw new Refused('it must be a JSON array');
}

function array(given: InputValue, rules: Rules): InputValue {
  const itemType = itemTypeOf(rules);
  return listOf(given).map((item) => parseItem(item, itemType));
}

/** The old name is still there. */
function typeNamed(written: string): string {
  return written === 'BOOLEAN' ? 'BOOL' : written;
}

function itemTypeOf({ itemType }: Rules): string {
  return typeof itemType === 'string' ? itemType : 'STRING';
}

function parseItem(item: InputValue, written: string): InputValue {
  try {
    return parseInput(typeNamed(written), item, {});
  } catch (error) {
    const cause = `Unable to parse array element as \`${written}\` on \`${textOf(item)}\``;
    throw new Refused(cause, { cause: error });
  }
}

function multiselect(given: InputValue, rules: Rules): InputValue {
  const itemType = itemTypeOf(rules);
  const items = listOf(given).map((item) => parseItem(item, itemType));
  const allowed = choicesOf(rules);
  if (rules['allowCustomValue'] === true || allowed.length === 0) return items;
  for (const item of items) {
    if (allowed.includes(textOf(item))) continue;
    throw new Refused(
      `value \`${textOf(item)}\` doesn't match the values \`[${allowed.join(', ')}]\``,
    );
  }
  return items;
}

/** The texts that may be chosen: `values` are texts, or maps of label and value. */
export function choicesOf({ values }: Rules): readonly string[] {
  if (!Array.isArray(values)) return [];
  return (values as readonly Json[]).flatMap((value) => {
    const choice = fromJson(value);
    const chosen = isMap(choice) ? choice.get('value') : choice;
    return chosen === null || chosen === undefined ? [] : [textOf(chosen)];
  });
}
