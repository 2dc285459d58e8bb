/**
 * The rules of quoted text: the only escape is a backslash before the same quote, everything else
 * stays as written, which makes regular expressions easy to write. Double quotes interpolate
 * `#{…}`; a text that contains a bare `#` is kept exactly as written, escapes included.
 */

export interface StringScan {
  /** Where the scan stopped: at the closing quote, at `#{`, or -1 at the end of the template. */
  readonly end: number;
  readonly hasHash: boolean;
}

/** Finds the end of the text that starts at `from`, for single quotes or one part of double quotes. */
export function scanString(source: string, from: number, quote: string): StringScan {
  let hasHash = false;
  for (let index = from; index < source.length; index++) {
    const char = source[index];
    if (char === '\\') {
      // A backslash hides the next character, whatever it is.
      if (index + 1 >= source.length) break;
      index++;
    } else if (char === quote) return { end: index, hasHash };
    else if (char === '#' && quote === '"') {
      hasHash = true;
      if (source[index + 1] === '{') return { end: index, hasHash };
    }
  }
  return { end: -1, hasHash };
}

/** The value of a text without a bare `#`. */
export function unescapeQuotes(raw: string, quote: string): string {
  return raw.replaceAll(`\\${quote}`, quote);
}

/** Writes a text as a literal that reads back as the same text. */
export function quoteString(value: string): string {
  const candidates = [
    `'${value.replaceAll("'", "\\'")}'`,
    `"${value.replaceAll('"', '\\"')}"`,
    `"${value}"`,
  ];
  return candidates.find((literal) => readsAs(literal, value)) ?? `'${value}'`;
}

function readsAs(literal: string, value: string): boolean {
  const quote = literal.charAt(0);
  const { end, hasHash } = scanString(literal, 1, quote);
  if (end !== literal.length - 1) return false;
  const raw = literal.slice(1, end);
  return (hasHash ? raw : unescapeQuotes(raw, quote)) === value;
}
