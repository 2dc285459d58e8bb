/**
 * JSON to values and back.
 *
 * Reading keeps integers apart from doubles (`1` and `1.0`), keeps integers of any size exact, and
 * takes time linear in the text. Writing prints doubles the Java way, so that what was written reads
 * back as the same value. `writeJson` keeps map entries that are null; printing inside a template
 * drops them (`printJson` in `text.ts`).
 */
import type { DateValue, DurationValue, OffsetAt } from './date-value.ts';
import { dateJson, durationJson, offsetOfUtc } from './date-value.ts';
import { Decimal } from './decimal.ts';
import { evaluationError } from './error.ts';
import { javaDouble } from './java-double.ts';
import type { Value, ValueMap } from './value.ts';
import { isDate, isList, isMap } from './value.ts';

const depthMax = 1_000;

/** Told of each value before it is made, so that it can be refused. */
export interface Reading {
  read(kind: 'list' | 'map' | 'scalar'): void;
}
const unbounded: Reading = { read: () => undefined };

/**
 * Reads one JSON document; anything but white space after it is an error. Text from outside is read
 * on a budget.
 */
export function readJson(text: string, budget: Reading = unbounded): Value {
  const reader = new JsonReader(text, 0, budget);
  const value = reader.read();
  reader.end();
  return value;
}

/** Reads the first JSON document of a text and says where it ended. */
export function readJsonPrefix(
  text: string,
  from = 0,
  budget: Reading = unbounded,
): { value: Value; end: number } {
  const reader = new JsonReader(text, from, budget);
  return { value: reader.read(), end: reader.index };
}

/** Characters that stand for themselves in a string: no quote, no backslash, no control. */
const plainPattern = /[ !#-[\]-\uffff]*/y;
const numberPattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const escapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class JsonReader {
  readonly #text: string;
  index: number;
  #depth = 0;
  readonly #budget: Reading;

  constructor(text: string, from: number, budget: Reading) {
    this.#text = text;
    this.index = from;
    this.#budget = budget;
  }

  read(): Value {
    this.#skipSpace();
    const char = this.#text[this.index];
    switch (char) {
      case undefined:
        throw this.#fail(
          this.#depth === 0 ? 'No content to map due to end-of-input' : 'Unexpected end-of-input',
        );
      case '{':
        return this.#readMap();
      case '[':
        return this.#readList();
      case '"':
        return this.#readString();
      case 't':
        return this.#readWord('true', true);
      case 'f':
        return this.#readWord('false', false);
      case 'n':
        return this.#readWord('null', null);
      default:
        return this.#readNumber();
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.index < this.#text.length) throw this.#unexpected('expected end of text');
  }

  #readMap(): Value {
    this.#open('map');
    const result = new Map<string, Value>();
    if (this.#skip('}')) return this.#close(result);
    do {
      this.#skipSpace();
      if (this.#text[this.index] !== '"') {
        throw this.#unexpected('was expecting double-quote to start field name');
      }
      const key = this.#readString();
      if (!this.#skip(':')) {
        throw this.#unexpected('was expecting a colon to separate field name and value');
      }
      result.set(key, this.read());
    } while (this.#skip(','));
    if (!this.#skip('}')) throw this.#unexpected('was expecting comma to separate Object entries');
    return this.#close(result);
  }

  #readList(): Value {
    this.#open('list');
    const result: Value[] = [];
    if (this.#skip(']')) return this.#close(result);
    do {
      result.push(this.read());
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#unexpected('was expecting comma to separate Array entries');
    return this.#close(result);
  }

  #readString(): string {
    this.#budget.read('scalar');
    this.index++;
    let result = '';
    for (;;) {
      const from = this.index;
      plainPattern.lastIndex = from;
      plainPattern.test(this.#text);
      this.index = plainPattern.lastIndex;
      result += this.#text.slice(from, this.index);
      const char = this.#text[this.index];
      if (char === '"') {
        this.index++;
        return result;
      }
      if (char !== '\\') throw this.#unexpected('was expecting closing quote for a string value');
      result += this.#readEscape();
    }
  }

  #readEscape(): string {
    const letter = this.#text[this.index + 1] ?? '';
    const known = escapes.get(letter);
    if (known !== undefined) {
      this.index += 2;
      return known;
    }
    const hex = this.#text.slice(this.index + 2, this.index + 6);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(hex)) {
      throw this.#fail(`Unrecognized character escape '${letter}'`);
    }
    this.index += 6;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #readNumber(): Value {
    numberPattern.lastIndex = this.index;
    const match = numberPattern.exec(this.#text);
    this.#budget.read('scalar');
    if (match === null) throw this.#unexpected('expected a valid value');
    const [digits, fraction, exponent] = match;
    const after = this.#text[this.index + digits.length] ?? '';
    // Inside a container the next character is checked there; outside, a number must stand alone.
    const isAlone = this.#depth > 0 ? !/[0-9.a-zA-Z_]/.test(after) : /^\s?$/.test(after);
    if (!isAlone) throw this.#unexpected('expected a valid number');
    this.index += digits.length;
    if (fraction === undefined && exponent === undefined) {
      return digits === '-0' ? 0n : BigInt(digits);
    }
    return Number(digits);
  }

  #readWord(word: string, value: Value): Value {
    const found = this.#text.slice(this.index, this.index + word.length);
    const after = this.#text[this.index + word.length] ?? '';
    if (found !== word || /[A-Za-z0-9_]/.test(after)) {
      throw this.#fail(`Unrecognized token '${wordAt(this.#text, this.index)}'`);
    }
    this.index += word.length;
    return value;
  }

  #open(kind: 'list' | 'map'): void {
    this.#budget.read(kind);
    this.index++;
    this.#depth++;
    if (this.#depth > depthMax) throw this.#fail(`Document nesting depth exceeds ${depthMax}`);
  }

  #close(value: Value): Value {
    this.#depth--;
    return value;
  }

  #skip(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.index] !== char) return false;
    this.index++;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.index);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.index++;
    }
  }

  #unexpected(expected: string): Error {
    const code = this.#text.codePointAt(this.index);
    if (code === undefined) return this.#fail('Unexpected end-of-input');
    const char = String.fromCodePoint(code);
    return this.#fail(`Unexpected character ('${char}' (code ${code})): ${expected}`);
  }

  #fail(message: string): Error {
    const lines = this.#text.slice(0, this.index).split('\n');
    const column = (lines.at(-1)?.length ?? 0) + 1;
    return evaluationError(`${message} at line ${lines.length}, column ${column}`);
  }
}

function wordAt(text: string, index: number): string {
  return /[A-Za-z0-9_]{1,40}/.exec(text.slice(index, index + 40))?.[0] ?? text[index] ?? '';
}

export interface JsonStyle {
  readonly nullEntries: boolean;
  readonly offsetAt: OffsetAt;
  /** Called for every piece that is written; throws when the text becomes too long. */
  readonly written: (characters: number) => void;
}

const completeStyle: JsonStyle = {
  nullEntries: true,
  offsetAt: offsetOfUtc,
  written: () => undefined,
};

/** Characters. Below, one string more is cheaper than three parts. */
const longMin = 4096;

/** Writes a value as compact JSON, null map entries included. */
export function writeJson(value: Value): string {
  return writeJsonStyled(value, completeStyle);
}

export function writeJsonStyled(value: Value, style: JsonStyle): string {
  return jsonParts(value, style).join('');
}

/** As `writeJson`, in parts: long strings as they are, for whoever need not have it all in one string. */
export function jsonParts(value: Value, style = completeStyle): readonly string[] {
  const parts: string[] = [];
  writeInto(parts, value, style, 0);
  return parts;
}

function writeInto(parts: string[], value: Value, style: JsonStyle, depth: number): void {
  if (depth > depthMax) throw evaluationError(`Document nesting depth exceeds ${depthMax}`);
  if (isList(value)) writeListInto(parts, value, style, depth);
  else if (isMap(value)) writeMapInto(parts, value, style, depth);
  else if (isLongAndPlain(value)) {
    style.written(value.length + 2);
    parts.push('"', value, '"');
  } else {
    const text = scalarJson(value, style.offsetAt);
    style.written(text.length);
    parts.push(text);
  }
}

function writeListInto(
  parts: string[],
  list: readonly Value[],
  style: JsonStyle,
  depth: number,
): void {
  style.written(2 + list.length);
  parts.push('[');
  let first = true;
  for (const item of list) {
    if (!first) parts.push(',');
    first = false;
    writeInto(parts, item, style, depth + 1);
  }
  parts.push(']');
}

function writeMapInto(parts: string[], map: ValueMap, style: JsonStyle, depth: number): void {
  style.written(2 + map.size);
  parts.push('{');
  let first = true;
  for (const [key, item] of map.entries()) {
    if (item === null && !style.nullEntries) continue;
    const text = `${first ? '' : ','}${stringJson(key)}:`;
    style.written(text.length);
    parts.push(text);
    first = false;
    writeInto(parts, item, style, depth + 1);
  }
  parts.push('}');
}

type Scalar = Exclude<Value, readonly Value[] | ValueMap>;

function scalarJson(value: Scalar, offsetAt: OffsetAt): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return stringJson(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') {
    // JSON has no infinities; they become text, as in the reference engine.
    return Number.isFinite(value) ? javaDouble(value) : `"${javaDouble(value)}"`;
  }
  if (value instanceof Decimal) return value.toString();
  return temporalJson(value, offsetAt);
}

function temporalJson(value: DateValue | DurationValue, offsetAt: OffsetAt): string {
  return isDate(value) ? `"${dateJson(value, offsetAt)}"` : durationJson(value);
}

/** Looking whether anything is to be escaped is quicker than escaping, and needs no second string. */
function isLongAndPlain(value: Scalar): value is string {
  return typeof value === 'string' && value.length >= longMin && /^[ !#-[\]-~]*$/.test(value);
}

/** `JSON.stringify` escapes lone surrogates, which keeps the text valid UTF-8 everywhere. */
function stringJson(text: string): string {
  const json = JSON.stringify(text);
  if (!json.includes('\\u')) return json;
  // Upper-case digits, as the reference engine writes them; an escaped backslash is skipped over.
  return json.replace(/\\(?:u([0-9a-f]{4})|.)/g, (escape, digits: string | undefined) =>
    digits === undefined ? escape : `\\u${digits.toUpperCase()}`,
  );
}
