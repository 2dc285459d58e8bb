/**
 * Values as text: `printed` is what `{{ value }}` writes (containers as JSON without null entries),
 * `joined` is what `~`, `+` and `join` use (Java's toString: `[a, b]`, `{k=v}`).
 */
import { dateText, durationText, type OffsetAt } from './date-value.ts';
import { Decimal } from './decimal.ts';
import { evaluationError } from './error.ts';
import { javaDouble } from './java-double.ts';
import { type JsonStyle, writeJsonStyled } from './json.ts';
import type { Budget } from './limits.ts';
import { isDate, isList, isMap, type Value } from './value.ts';

/** What printing needs to know: the bound on its size and the zone dates are shown in. */
export interface Printing {
  readonly budget: Budget;
  readonly offsetAt: OffsetAt;
}

/** The text of a value at the top level of a template; null prints nothing. */
export function printed(value: Value, printing: Printing): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (isList(value) || isMap(value)) return printJson(value, printing);
  return scalarText(value);
}

/** JSON as templates print it: map entries that are null are left out. */
export function printJson(value: Value, printing: Printing): string {
  return writeJsonStyled(value, jsonStyle(printing, false));
}

export function jsonStyle(printing: Printing, nullEntries: boolean): JsonStyle {
  let length = 0;
  const written = (characters: number): void => {
    length += characters;
    printing.budget.spend(1);
    if (length > printing.budget.limits.outputCharacters) printing.budget.text(length);
  };
  return { nullEntries, offsetAt: printing.offsetAt, written };
}

/** The text of a value as a part of a longer text; null is the text `null`. */
export function joined(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (!isList(value) && !isMap(value)) return scalarText(value);
  const parts: string[] = [];
  joinInto(parts, value, { budget, length: 0 }, 0);
  return parts.join('');
}

interface Joining {
  readonly budget: Budget;
  length: number;
}

const depthMax = 1_000;

function joinInto(parts: string[], value: Value, joining: Joining, depth: number): void {
  if (depth > depthMax) throw evaluationError(`Value nesting depth exceeds ${depthMax}`);
  if (isList(value)) {
    add(parts, '[', joining);
    value.forEach((item, index) => {
      if (index > 0) add(parts, ', ', joining);
      joinInto(parts, item, joining, depth + 1);
    });
    add(parts, ']', joining);
  } else if (isMap(value)) {
    add(parts, '{', joining);
    let first = true;
    for (const [key, item] of value.entries()) {
      add(parts, `${first ? '' : ', '}${key}=`, joining);
      first = false;
      joinInto(parts, item, joining, depth + 1);
    }
    add(parts, '}', joining);
  } else {
    add(parts, value === null ? 'null' : scalarText(value), joining);
  }
}

function add(parts: string[], text: string, joining: Joining): void {
  joining.length += text.length;
  joining.budget.spend(1);
  if (joining.length > joining.budget.limits.outputCharacters) joining.budget.text(joining.length);
  parts.push(text);
}

type Scalar = Exclude<Value, null | readonly Value[] | ReadonlyMap<string, Value>>;

function scalarText(value: Scalar): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return javaDouble(value);
  if (value instanceof Decimal) return value.toString();
  return isDate(value) ? dateText(value) : durationText(value);
}
