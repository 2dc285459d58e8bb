/**
 * Cuts a template into tokens. Text arrives at the parser already trimmed, with `verbatim` blocks
 * opened and comments left out, so the parser only sees text, prints, tags and code. The end of a
 * tag is only recognised when none of its brackets is open.
 */
import { limitError } from './limits.ts';
import { BaseTokenizer, type Token } from './nunjucks-base.ts';
import { wordOperators } from './precedence.ts';
import { scanString, unescapeQuotes } from './string-literal.ts';
import { fail, heightMax, type Position, type TokenType } from './token.ts';

const integerMax = 2n ** 63n - 1n;

const namePattern = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const numberPattern = /[0-9]+(?:(\.[0-9]+)|L)?/y;
const operatorPattern = /\?\?\??|\.\.|[=!<>]=|[-+*/%~<>|]/y;
const isNotPattern = /is not(?![\p{L}\p{Nd}_])/uy;
const spacePattern = /[ \t\n\v\f\r]/;
const rawStartPattern = /\{%-* *raw *-*%\}/y;
const rawEndPattern = /\{%-* *endraw *-*%\}/y;
const verbatimStartPattern = /\{%(-(?=\s))?\s*verbatim\s*-?%\}/y;
const verbatimEndPattern = /\{%(-(?=\s))?\s*endverbatim\s*(-)?%\}/y;
// Java's idea of white space, which leaves out the no-break spaces.
const javaSpaces = new Set(
  ' \t\n\v\f\r\u001c\u001d\u001e\u001f\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000',
);

const closers = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

interface Verbatim {
  readonly text: string;
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
}

export class TemplateTokenizer extends BaseTokenizer {
  /** The open brackets of the current tag; its end is only recognised when there are none. */
  #open: string[] = [];
  #closing: '}}' | '%}' = '}}';
  #trimNext = false;

  override nextToken(): Token | null {
    return this.in_code ? this.#codeToken() : this.#textToken();
  }

  #token(type: TokenType, value: unknown, at: Position): Token {
    return { type, value, lineno: at.lineno, colno: at.colno };
  }

  #here(): Position {
    return { lineno: this.lineno, colno: this.colno };
  }

  #take(length: number): string {
    const text = this.str.slice(this.index, this.index + length);
    this.forwardN(length);
    return text;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.index;
    return pattern.exec(this.str);
  }

  /** Text up to the next print or tag, or the start of that print or tag when there is none. */
  #textToken(): Token | null {
    const start = this.#here();
    let text = '';
    let segment = '';
    for (;;) {
      segment += this._extractUntil('{') ?? '';
      if (this.isFinished()) break;
      if (this._matches('{#')) {
        text += this.#trimmed(segment, this.#startsWithTrim());
        segment = '';
        this.#skipComment();
      } else if (this._matches('{{')) break;
      else if (this._matches('{%')) {
        const raw = this.#rawText();
        const verbatim = raw === undefined ? this.#verbatimText() : undefined;
        if (raw !== undefined) segment += raw;
        else if (verbatim === undefined) break;
        else {
          text += this.#trimmed(segment, verbatim.trimsBefore) + verbatim.text;
          segment = '';
          this.#trimNext = verbatim.trimsAfter;
        }
      } else segment += this.#take(1);
    }
    const startsTag = !this.isFinished();
    text += this.#trimmed(segment, startsTag && this.#startsWithTrim());
    if (text !== '') return this.#token('data', text, start);
    return startsTag ? this.#startTag() : null;
  }

  /** Applies the trims asked for by the tag before a stretch of text and by the one after it. */
  #trimmed(segment: string, trimsEnd: boolean): string {
    const started = this.#trimNext ? trimStart(segment) : segment;
    this.#trimNext = false;
    return trimsEnd ? trimEnd(started) : started;
  }

  #startsWithTrim(): boolean {
    return this.str[this.index + 2] === '-' && spacePattern.test(this.str[this.index + 3] ?? '');
  }

  #startTag(): Token {
    const start = this.#here();
    const opening = this.str.slice(this.index, this.index + 2);
    this.forwardN(this.#startsWithTrim() ? 3 : 2);
    this.in_code = true;
    this.#open = [];
    this.#closing = opening === '{{' ? '}}' : '%}';
    const type = opening === '{{' ? 'variable-start' : 'block-start';
    return this.#token(type, opening, start);
  }

  #skipComment(): void {
    const start = this.#here();
    const end = this.str.indexOf('#}', this.index + 2);
    if (end === -1) fail('syntax', 'Unclosed comment.', start);
    this.#trimNext = this.str[end - 1] === '-' && end - 1 >= this.index + 2;
    this.forwardN(end + 2 - this.index);
  }

  /** A raw block, which is text with its own tags; rendering strips the tags at the very end. */
  #rawText(): string | undefined {
    if (this.#match(rawStartPattern) === null) return undefined;
    let end = this.str.indexOf('{%', this.index + 2);
    for (; end !== -1; end = this.str.indexOf('{%', end + 2)) {
      rawEndPattern.lastIndex = end;
      const match = rawEndPattern.exec(this.str);
      if (match !== null) return this.#take(end + match[0].length - this.index);
    }
    return undefined;
  }

  /** A verbatim block: its leading white space is always dropped, the trailing one when asked to. */
  #verbatimText(): Verbatim | undefined {
    const start = this.#match(verbatimStartPattern);
    if (start === null) return undefined;
    const at = this.#here();
    const from = this.index + start[0].length;
    let end = this.str.indexOf('{%', from);
    for (; end !== -1; end = this.str.indexOf('{%', end + 2)) {
      verbatimEndPattern.lastIndex = end;
      const match = verbatimEndPattern.exec(this.str);
      if (match === null) continue;
      const content = trimStart(this.str.slice(from, end));
      this.forwardN(end + match[0].length - this.index);
      return {
        text: match[1] === undefined ? content : trimEnd(content),
        trimsBefore: start[1] !== undefined,
        trimsAfter: match[2] !== undefined,
      };
    }
    return fail('syntax', 'The verbatim tag has no endverbatim tag', at);
  }

  #codeToken(): Token | null {
    while (spacePattern.test(this.current())) this.forward();
    if (this.isFinished()) return null;
    const start = this.#here();
    if (this.#open.length === 0 && this.#endsTag()) {
      this.in_code = false;
      const type = this.#closing === '}}' ? 'variable-end' : 'block-end';
      return this.#token(type, this.#closing, start);
    }
    return (
      this.#nameToken(start) ??
      this.#numberToken(start) ??
      this.#operatorToken(start) ??
      this.#punctuationToken(start) ??
      this.#stringToken(start) ??
      fail('syntax', `Unexpected character [${this.current()}]`, start)
    );
  }

  #endsTag(): boolean {
    const trims = this.current() === '-';
    if (!this.str.startsWith(this.#closing, this.index + (trims ? 1 : 0))) return false;
    this.forwardN(trims ? 3 : 2);
    this.#trimNext = trims;
    return true;
  }

  #nameToken(start: Position): Token | undefined {
    const match = this.#match(namePattern);
    if (match === null) return undefined;
    const [name] = match;
    if (!wordOperators.has(name)) return this.#token('symbol', this.#take(name.length), start);
    const operator = this.#match(isNotPattern)?.[0] ?? name;
    return this.#token('operator', this.#take(operator.length), start);
  }

  #numberToken(start: Position): Token | undefined {
    const match = this.#match(numberPattern);
    if (match === null) return undefined;
    const text = this.#take(match[0].length);
    if (match[1] !== undefined) return this.#token('number', Number(text), start);
    const digits = text.endsWith('L') ? text.slice(0, -1) : text;
    if (digits.replace(/^0+/, '').length > 19 || BigInt(digits) > integerMax) {
      fail('evaluation', `For input string: "${digits}"`, start);
    }
    return this.#token('number', BigInt(digits), start);
  }

  #operatorToken(start: Position): Token | undefined {
    const match = this.#match(operatorPattern);
    return match === null ? undefined : this.#token('operator', this.#take(match[0].length), start);
  }

  #punctuationToken(start: Position): Token | undefined {
    const char = this.current();
    if (!'()[]{}?:.,='.includes(char)) return undefined;
    if (closers.has(char)) this.#open.push(char);
    else if (')]}'.includes(char) && closers.get(this.#open.pop() ?? '') !== char) {
      fail('syntax', `Unexpected "${char}"`, start);
    }
    return this.#token('punctuation', this.#take(1), start);
  }

  #stringToken(start: Position): Token | undefined {
    const quote = this.current();
    if (quote !== '"' && quote !== "'") return undefined;
    const parts: (string | Token[])[] = [];
    let from = this.index + 1;
    for (;;) {
      const { end, hasHash } = scanString(this.str, from, quote);
      if (end === -1) {
        const message =
          parts.length > 0 ? `Unclosed "${quote}"` : `Unexpected character [${quote}]`;
        fail('syntax', message, start);
      }
      const raw = this.str.slice(from, end);
      this.forwardN(end - this.index);
      if (this.current() === quote) {
        this.forward();
        if (parts.length === 0) {
          const value = hasHash ? raw : unescapeQuotes(raw, quote);
          return this.#token('string', value, start);
        }
        if (raw !== '') parts.push(raw);
        return this.#token('interpolation', parts, start);
      }
      if (raw !== '') parts.push(raw);
      parts.push(this.#interpolatedTokens(quote, start));
      from = this.index;
    }
  }

  /** The tokens between `#{` and its closing bracket. */
  #interpolatedTokens(quote: string, start: Position): Token[] {
    this.forwardN(2);
    const depth = this.#open.length;
    if (depth >= heightMax) throw limitError('depth', heightMax);
    this.#open.push('{');
    const tokens: Token[] = [];
    for (;;) {
      const token = this.#codeToken();
      if (token === null) fail('syntax', `Unclosed "${quote}"`, start);
      if (this.#open.length === depth) return tokens;
      tokens.push(token);
    }
  }
}

function trimStart(text: string): string {
  let index = 0;
  while (index < text.length && javaSpaces.has(text.charAt(index))) index++;
  return text.slice(index);
}

function trimEnd(text: string): string {
  let index = text.length;
  while (index > 0 && javaSpaces.has(text.charAt(index - 1))) index--;
  return text.slice(0, index);
}
