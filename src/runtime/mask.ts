/**
 * Takes values out of texts that people will read.
 *
 * A value is found as it is, as it stands in JSON or in a URL, in base64 (also inside a longer text
 * that was encoded, as in `Basic` credentials), and broken over the lines of one text. What cannot
 * be found: a value spread over several messages, reversed, hashed or encrypted.
 */

export interface Mask {
  /** From now on this value is not to be seen. */
  hide(value: string): void;
  readonly apply: (text: string) => string;
}

const masked = '********';

/**
 * One or two characters stand in nearly every text: taking them out would leave nothing to read, and
 * the places they were taken from would tell what they are.
 */
const charactersMin = 3;
/** A line of a value with many lines (a private key) is hidden alone, if it is not just any word. */
const lineCharactersMin = 8;
const base64CharactersMin = 4;

/** One spelling of a value. */
interface Form {
  readonly text: string;
  /** The characters next to it may hold a few bits of the value. */
  readonly isBase64: boolean;
}

type Range = readonly [start: number, end: number];

export function createMask(): Mask {
  const hidden = new Set<string>();
  const forms = new Map<string, Form>();
  const hide = (value: string): void => {
    if (hidden.has(value)) return;
    hidden.add(value);
    if (value.trim().length < charactersMin) return;
    for (const form of formsOf(value)) if (!forms.has(form.text)) forms.set(form.text, form);
    for (const inner of textsInJson(value)) hide(inner);
  };
  return {
    hide,
    apply: (text) => (forms.size === 0 ? text : withoutForms(text, [...forms.values()])),
  };
}

/** What the mask has taken out of a text, by what it has left of it. */
export function hiddenParts(clear: string, shown: string): readonly string[] {
  const [first = '', ...rest] = shown.split(masked);
  const last = rest.pop();
  const isCut = last !== undefined && clear.startsWith(first) && clear.endsWith(last);
  if (!isCut) return [clear];
  const parts: string[] = [];
  let from = first.length;
  for (const left of rest) {
    const at = clear.indexOf(left, from + 1);
    // Another secret may have begun before: all of it then.
    if (at < 0) return [clear];
    parts.push(clear.slice(from, at));
    from = at + left.length;
  }
  return [...parts, clear.slice(from, clear.length - last.length)];
}

function* formsOf(value: string): Iterable<Form> {
  const wellFormed = value.toWellFormed();
  const plain = [
    value,
    value.trim(),
    joinLines(value).text,
    JSON.stringify(wellFormed).slice(1, -1),
    JSON.stringify(JSON.stringify(wellFormed)).slice(3, -3),
    ...inUrls(wellFormed),
  ];
  for (const text of plain) yield { text, isBase64: false };
  for (const line of value.split(/[\r\n]+/)) {
    const text = line.trim();
    if (text.length >= lineCharactersMin) yield { text, isBase64: false };
  }
  for (const text of [...base64Of(value), ...base64Of(value.trim())]) {
    yield { text, isBase64: true };
    yield { text: text.replaceAll('+', '-').replaceAll('/', '_'), isBase64: true };
  }
}

/** As parts of addresses and as fields of forms, which write blanks and a few marks otherwise. */
function* inUrls(value: string): Iterable<string> {
  const part = encodeURIComponent(value);
  const field = new URLSearchParams([['', value]]).toString().slice(1);
  for (const text of [part, part.replaceAll('%20', '+'), field, field.replaceAll('+', '%20')]) {
    yield text;
    yield text.replace(/%../g, (code) => code.toLowerCase());
  }
}

/**
 * Base64 of a value depends on how many bytes of the encoded text come before it: none, one or two
 * past a multiple of three. Of each spelling only the characters that the value alone decides.
 */
function* base64Of(value: string): Iterable<string> {
  const bytes = Buffer.from(value);
  for (const [before, from] of [0, 2, 3].entries()) {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const sure = Math.floor((all.length * 8) / 6);
    const text = all.toString('base64').slice(from, sure);
    if (text.length >= base64CharactersMin) yield text;
  }
}

/** A secret that is a JSON object is several: each text in it is used alone. */
function textsInJson(value: string): readonly string[] {
  if (!/^\s*[[{]/.test(value)) return [];
  const texts: string[] = [];
  try {
    JSON.parse(value, (_key, item: unknown) => {
      if (typeof item === 'string') texts.push(item);
      return item;
    });
  } catch {
    return [];
  }
  return texts;
}

function withoutForms(text: string, forms: readonly Form[]): string {
  const ranges = rangesIn(text, forms);
  if (/[\r\n]/.test(text)) {
    const joined = joinLines(text);
    for (const [start, end] of rangesIn(joined.text, forms)) {
      ranges.push([joined.positions[start] ?? 0, (joined.positions[end - 1] ?? 0) + 1]);
    }
  }
  if (ranges.length === 0) return text;
  let shown = '';
  let at = 0;
  for (const [start, end] of merged(ranges)) {
    shown += text.slice(at, start) + masked;
    at = end;
  }
  return shown + text.slice(at);
}

function rangesIn(text: string, forms: readonly Form[]): Range[] {
  const ranges: Range[] = [];
  for (const form of forms) {
    const { length } = form.text;
    for (let at = text.indexOf(form.text); at >= 0; at = text.indexOf(form.text, at + length)) {
      ranges.push(form.isBase64 ? withNeighbours(text, at, at + length) : [at, at + length]);
    }
  }
  return ranges;
}

function withNeighbours(text: string, start: number, end: number): Range {
  const isBase64 = (index: number): boolean => /[A-Za-z0-9+/_-]/.test(text.charAt(index));
  let after = isBase64(end) ? end + 1 : end;
  while (text.charAt(after) === '=') after++;
  return [start > 0 && isBase64(start - 1) ? start - 1 : start, after];
}

/** In order, those that overlap as one. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const result: [number, number][] = [];
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}

interface Joined {
  readonly text: string;
  /** Where each character stood before. */
  readonly positions: readonly number[];
}

/** Without line breaks and the blanks around them. By hand: a pattern for it takes quadratic time. */
function joinLines(text: string): Joined {
  const kept: string[] = [];
  const positions: number[] = [];
  let isAfterBreak = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const isBlank = character === ' ' || character === '\t';
    if (character === '\n' || character === '\r') {
      isAfterBreak = true;
      while (kept.at(-1) === ' ' || kept.at(-1) === '\t') {
        kept.pop();
        positions.pop();
      }
    } else if (!(isAfterBreak && isBlank)) {
      isAfterBreak = false;
      kept.push(character);
      positions.push(index);
    }
  }
  return { text: kept.join(''), positions };
}
