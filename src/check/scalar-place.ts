/**
 * From a place inside the text of a scalar to its place in the YAML source.
 *
 * The reader folds lines, takes out indentation and resolves escapes, but it neither adds nor drops
 * anything that is not white space. So the nth visible character of the text is the nth visible
 * character of the source, whatever the style of the scalar. Where the two differ all the same (a
 * text read as JSON, say) the scalar's own place is the answer.
 */
import type { Place } from '../flow/node.ts';

export class SourceMap {
  readonly #source: string;
  readonly #lineStarts: readonly number[];
  #last:
    | { readonly start: number; readonly text: string; readonly offsets: readonly number[] }
    | undefined;

  constructor(source: string) {
    this.#source = source;
    const starts = [0];
    for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) {
      starts.push(at + 1);
    }
    this.#lineStarts = starts;
  }

  /** `inside` counts lines and columns of `text` from 1; `scalar` is where the scalar starts. */
  place(scalar: Place, text: string, inside: Place): Place {
    const start = (this.#lineStarts[scalar.line - 1] ?? 0) + scalar.column - 1;
    const offset = this.#offsetsFor(start, text)[offsetIn(text, inside)];
    return offset === undefined ? scalar : this.#placeAt(offset);
  }

  /** Most issues come in the order of the source, so the last scalar is often asked for again. */
  #offsetsFor(start: number, text: string): readonly number[] {
    if (this.#last?.start !== start || this.#last.text !== text) {
      this.#last = { start, text, offsets: offsetsOf(this.#source, start, text) };
    }
    return this.#last.offsets;
  }

  #placeAt(offset: number): Place {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }
}

function offsetIn(text: string, inside: Place): number {
  let start = 0;
  for (let line = 1; line < inside.line; line++) {
    const next = text.indexOf('\n', start);
    if (next === -1) break;
    start = next + 1;
  }
  return start + inside.column - 1;
}

/** The place in the source of each character of the text and of its end, as far as both agree. */
function offsetsOf(source: string, start: number, text: string): readonly number[] {
  const offsets: number[] = [];
  const units = visibleUnits(source, start)[Symbol.iterator]();
  let end = start;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (visible(character) === '') {
      offsets.push(end);
      continue;
    }
    const unit = units.next();
    if (unit.done === true || unit.value.character !== character) return offsets;
    offsets.push(unit.value.at);
    end = unit.value.at + 1;
  }
  offsets.push(end);
  return offsets;
}

function visible(text: string): string {
  return text.replaceAll(/[ \t\r\n]/g, '');
}

interface Unit {
  readonly character: string;
  readonly at: number;
}

/** The visible characters of the scalar at `start`, and then of whatever follows it. */
function visibleUnits(source: string, start: number): Iterable<Unit> {
  switch (source[start]) {
    case '"':
      return doubleQuoted(source, start + 1);
    case "'":
      return plain(source, start + 1, "'");
    case '|':
    case '>': {
      const lineEnd = source.indexOf('\n', start);
      return plain(source, lineEnd === -1 ? source.length : lineEnd);
    }
    default:
      return plain(source, start);
  }
}

/** `quote` written twice stands for one. */
function* plain(source: string, start: number, quote?: string): Iterable<Unit> {
  for (let at = start; at < source.length; at++) {
    const character = source.charAt(at);
    if (visible(character) === '') continue;
    if (character === quote) {
      if (source[at + 1] !== quote) return;
      yield { character, at };
      at++;
    } else yield { character, at };
  }
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  v: '\v',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
  // White space does not count.
  n: '',
  r: '',
  t: '',
};
const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function* doubleQuoted(source: string, start: number): Iterable<Unit> {
  for (let at = start; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '"') return;
    if (character !== '\\') {
      if (visible(character) !== '') yield { character, at };
      continue;
    }
    const first = at;
    at++;
    const escaped = source.charAt(at);
    const digits = hexDigits[escaped];
    let text = escapes[escaped] ?? escaped;
    if (digits !== undefined) {
      text = fromHex(source.slice(at + 1, at + 1 + digits));
      at += digits;
    }
    // A character beyond the first plane is two units of the text and one of the source.
    for (const unit of visible(text).split('')) yield { character: unit, at: first };
  }
}

function fromHex(digits: string): string {
  const code = Number.parseInt(digits, 16);
  return code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
