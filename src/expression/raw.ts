/**
 * Raw blocks: `{% raw %}…{% endraw %}` reaches the output with its tags, and the tags are taken off
 * the whole output at the very end, which is also why they vanish from printed values.
 */
const startPattern = /\{%-* *raw *-*%\}/y;
const endPattern = /\{%-* *endraw *-*%\}/y;

export function stripRawTags(text: string): string {
  let open = text.indexOf('{%');
  if (open === -1 || !text.includes('endraw', open)) return text;
  let result = '';
  let copied = 0;
  for (; open !== -1; open = text.indexOf('{%', open)) {
    const start = matchAt(startPattern, text, open);
    if (start === undefined) {
      open += 2;
      continue;
    }
    const end = findEnd(text, open + start);
    if (end === undefined) break;
    result += text.slice(copied, open) + text.slice(open + start, end.from);
    copied = end.to;
    open = end.to;
  }
  return result + text.slice(copied);
}

function findEnd(text: string, from: number): { from: number; to: number } | undefined {
  for (let at = text.indexOf('{%', from); at !== -1; at = text.indexOf('{%', at + 2)) {
    const length = matchAt(endPattern, text, at);
    if (length !== undefined) return { from: at, to: at + length };
  }
  return undefined;
}

function matchAt(pattern: RegExp, text: string, index: number): number | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0].length;
}
