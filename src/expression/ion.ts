/**
 * Amazon Ion text, the part of it that values need: null, booleans, integers, floats, decimals,
 * timestamps (kept as text), strings, symbols, lists, s-expressions and structs. Annotations are
 * read over; types a value cannot hold (blobs, clobs) become their text. Loaded on first use.
 */
import { dateJson, DurationValue, durationText, offsetOfUtc } from './date-value.ts';
import { Decimal } from './decimal.ts';
import { type ExpressionError, evaluationError } from './error.ts';
import type { Budget } from './limits.ts';
import { isDate, isList, isMap, type Value } from './value.ts';

const depthMax = 500;

export function writeIon(value: Value, budget: Budget): string {
  const parts: string[] = [];
  writeInto(parts, value, budget, 0);
  return parts.join('');
}

function writeInto(parts: string[], value: Value, budget: Budget, depth: number): void {
  if (depth > depthMax) throw evaluationError(`Value nesting depth exceeds ${depthMax}`);
  budget.spend(1);
  if (isList(value)) {
    parts.push('[');
    value.forEach((item, index) => {
      if (index > 0) parts.push(',');
      writeInto(parts, item, budget, depth + 1);
    });
    parts.push(']');
  } else if (isMap(value)) {
    parts.push('{');
    let first = true;
    for (const [key, item] of value.entries()) {
      parts.push(`${first ? '' : ','}${symbolText(key)}:`);
      first = false;
      writeInto(parts, item, budget, depth + 1);
    }
    parts.push('}');
  } else {
    const text = scalarText(value);
    budget.text(text.length);
    parts.push(text);
  }
}

type Scalar = Exclude<Value, readonly Value[] | ReadonlyMap<string, Value>>;

const dateAnnotations = {
  zoned: 'ZonedDateTime',
  instant: 'Instant',
  'local-date-time': 'LocalDateTime',
  'local-date': 'LocalDate',
  legacy: 'Date',
} as const;

function scalarText(value: Scalar): string {
  if (typeof value === 'string') return quoted(value, '"');
  if (typeof value === 'number') return floatText(value);
  if (value instanceof Decimal) {
    const text = value.toString();
    return text.includes('.') ? text : `${text}.`;
  }
  if (value instanceof DurationValue) return `Duration::"${durationText(value)}"`;
  if (isDate(value)) return `${dateAnnotations[value.form]}::"${dateJson(value, offsetOfUtc)}"`;
  return String(value);
}

/** Floats need an exponent, or they would read back as decimals. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : '+inf';
  if (Object.is(value, -0)) return '-0e0';
  const text = value.toString();
  return text.includes('e') ? text.replace('e+', 'e') : `${text}e0`;
}

const reserved = new Set(['null', 'true', 'false', 'nan']);

function symbolText(name: string): string {
  const isPlain = /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) && !/^\$[0-9]+$/.test(name);
  return isPlain && !reserved.has(name) ? name : quoted(name, "'");
}

const escapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\\', '\\\\'],
]);

function quoted(text: string, quote: string): string {
  let result = quote;
  for (const char of text) {
    const escape = escapes.get(char);
    if (escape !== undefined) result += escape;
    else if (char === quote) result += `\\${quote}`;
    else if (char < ' ') result += `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
    else result += char;
  }
  return result + quote;
}

/** Reads the first value of an Ion text. */
export function readIon(text: string, budget: Budget): Value {
  return new IonReader(text, budget).read();
}

/** Reads all values of an Ion text, of which a file of items has one to a line. */
export function readAllIon(text: string, budget: Budget): Value[] {
  const reader = new IonReader(text, budget);
  const values: Value[] = [];
  while (!reader.isAtEnd()) {
    values.push(reader.read());
    budget.spend(1);
  }
  budget.list(values.length);
  return values;
}

const spacePattern = /(?:[ \t\n\r\f\v]+|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
const timestampPattern =
  /[0-9]{4}(?:T|-[0-9]{2}(?:T|-[0-9]{2}(?:T(?:[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?)?))/y;
const numberPattern =
  /[+-]?inf|-?0[xX][0-9a-fA-F_]+|-?0[bB][01_]+|-?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eEdD][+-]?[0-9]+)?/y;
const symbolPattern = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const annotationPattern = /[ \t\n\r]*::/y;
const operatorPattern = /[!#%&*+\-./;<=>?@^`|~]+/y;

const readEscapes = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
  ['v', '\v'],
  ['\n', ''],
]);

class IonReader {
  readonly #text: string;
  #index = 0;
  #depth = 0;
  /** Around the value that is read now. */
  #annotations = 0;

  readonly #budget: Budget;

  constructor(text: string, budget: Budget) {
    this.#text = text;
    this.#budget = budget;
  }

  isAtEnd(): boolean {
    this.#skipSpace();
    return this.#index >= this.#text.length;
  }

  read(): Value {
    this.#skipSpace();
    const char = this.#text[this.#index];
    switch (char) {
      case undefined:
        throw this.#fail('unexpected end of text');
      case '{':
        return this.#text[this.#index + 1] === '{' ? this.#readBlob() : this.#readStruct();
      case '[':
        return this.#readList(']');
      case '(':
        return this.#readList(')');
      case '"':
        return this.#readQuoted('"');
      case "'":
        return this.#readQuotedSymbol();
      default:
        this.#budget.read('scalar');
        return this.#readPlain();
    }
  }

  #readPlain(): Value {
    const timestamp = this.#match(timestampPattern);
    if (timestamp !== undefined) return timestamp;
    const number = this.#match(numberPattern);
    if (number !== undefined) return numberOf(number);
    const symbol = this.#match(symbolPattern);
    if (symbol !== undefined) return this.#readAfterSymbol(symbol, true);
    const operator = this.#depth > 0 ? this.#match(operatorPattern) : undefined;
    if (operator !== undefined) return operator;
    throw this.#fail(`unexpected character '${this.#text.charAt(this.#index)}'`);
  }

  #readAnnotated(): Value {
    this.#annotations++;
    if (this.#annotations > depthMax) throw this.#fail(`more than ${depthMax} annotations`);
    const value = this.read();
    this.#annotations--;
    return value;
  }

  /** A symbol may be a keyword, or an annotation of the value that follows. */
  #readAfterSymbol(symbol: string, isPlain: boolean): Value {
    if (this.#match(annotationPattern) !== undefined) return this.#readAnnotated();
    if (!isPlain) return symbol;
    if (symbol === 'true') return true;
    if (symbol === 'false') return false;
    if (symbol === 'nan') return Number.NaN;
    if (symbol !== 'null') return symbol;
    // `null.int` and its like are nulls too.
    if (this.#text[this.#index] === '.') {
      this.#index++;
      this.#match(symbolPattern);
    }
    return null;
  }

  #readQuotedSymbol(): Value {
    if (this.#text.startsWith("'''", this.#index)) return this.#readLongText();
    return this.#readAfterSymbol(this.#readQuoted("'"), false);
  }

  #readLongText(): string {
    let result = '';
    while (this.#text.startsWith("'''", this.#index)) {
      const from = this.#index + 3;
      const end = this.#text.indexOf("'''", from);
      if (end === -1) throw this.#fail('unclosed text');
      result += this.#text.slice(from, end);
      this.#index = end + 3;
      this.#skipSpace();
    }
    return result;
  }

  #readQuoted(quote: string): string {
    this.#index++;
    let result = '';
    for (;;) {
      const char = this.#text[this.#index];
      if (char === undefined) throw this.#fail('unclosed text');
      this.#index++;
      if (char === quote) return result;
      result += char === '\\' ? this.#readEscape() : char;
    }
  }

  #readEscape(): string {
    const letter = this.#text.charAt(this.#index++);
    const length = { x: 2, u: 4, U: 8 }[letter];
    if (length === undefined) return readEscapes.get(letter) ?? letter;
    const digits = this.#text.slice(this.#index, this.#index + length);
    const code = Number.parseInt(digits, 16);
    if (!/^[0-9a-fA-F]+$/.test(digits) || code > 0x10ffff) throw this.#fail('invalid escape');
    this.#index += length;
    return String.fromCodePoint(code);
  }

  #readList(close: string): Value {
    this.#enter();
    const items: Value[] = [];
    this.#skipSpace();
    while (this.#text[this.#index] !== close) {
      items.push(this.read());
      this.#skipSpace();
      if (this.#text[this.#index] === ',') this.#index++;
      else if (close === ']' && this.#text[this.#index] !== close) {
        throw this.#fail("expected ',' or ']'");
      }
      this.#skipSpace();
    }
    this.#leave();
    return items;
  }

  #readStruct(): Value {
    this.#enter();
    const result = new Map<string, Value>();
    this.#skipSpace();
    while (this.#text[this.#index] !== '}') {
      const key = this.#readFieldName();
      this.#skipSpace();
      if (this.#text[this.#index] !== ':') throw this.#fail("expected ':'");
      this.#index++;
      result.set(key, this.read());
      this.#skipSpace();
      if (this.#text[this.#index] === ',') this.#index++;
      else if (this.#text[this.#index] !== '}') throw this.#fail("expected ',' or '}'");
      this.#skipSpace();
    }
    this.#leave();
    return result;
  }

  #readFieldName(): string {
    const char = this.#text[this.#index];
    if (char === '"') return this.#readQuoted('"');
    if (char === "'") {
      return this.#text.startsWith("'''", this.#index)
        ? this.#readLongText()
        : this.#readQuoted("'");
    }
    const symbol = this.#match(symbolPattern);
    if (symbol === undefined) throw this.#fail('expected a field name');
    return symbol;
  }

  #readBlob(): Value {
    const end = this.#text.indexOf('}}', this.#index);
    if (end === -1) throw this.#fail('unclosed blob');
    const content = this.#text.slice(this.#index + 2, end).trim();
    this.#index = end + 2;
    return content;
  }

  #enter(): void {
    this.#budget.read('map');
    this.#index++;
    this.#depth++;
    if (this.#depth > depthMax) throw this.#fail(`nested deeper than ${depthMax}`);
  }

  #leave(): void {
    this.#index++;
    this.#depth--;
  }

  #skipSpace(): void {
    this.#match(spacePattern);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#index;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#index += match[0].length;
    return match[0];
  }

  #fail(problem: string): ExpressionError {
    return evaluationError(`Invalid ion: ${problem} at character ${this.#index + 1}`);
  }
}

function numberOf(text: string): Value {
  if (text.endsWith('inf')) return text.startsWith('-') ? -Infinity : Infinity;
  const digits = text.replaceAll('_', '');
  if (/^-?0[xXbB]/.test(digits)) {
    const size = BigInt(digits.replace('-', '').toLowerCase());
    return digits.startsWith('-') ? -size : size;
  }
  if (/^-?[0-9]+$/.test(digits)) return BigInt(digits);
  return Number(digits.replace(/[dD]/, 'e'));
}
