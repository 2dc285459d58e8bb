/** A line of a source with a caret under one place of it; of a long line the part around the place. */
const aroundMax = 60;

export function pointAt(
  source: string,
  place: { readonly line: number; readonly column: number },
): readonly string[] {
  const line = source.split(/\r\n|\n|\r/)[place.line - 1];
  if (line === undefined) return [];
  const at = Math.max(0, Math.min(place.column - 1, line.length));
  const from = Math.max(0, at - aroundMax);
  const to = Math.min(line.length, at + aroundMax);
  const before = `${from > 0 ? '…' : ''}${line.slice(from, at)}`;
  const shown = `${before}${line.slice(at, to)}${to < line.length ? '…' : ''}`;
  // Tabs stay tabs, so that the caret stands below its character however wide they are.
  return [`  ${shown}`, `  ${before.replaceAll(/[^\t]/g, ' ')}^`];
}
