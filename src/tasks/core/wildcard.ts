/** Whether a text fits a pattern of `*` (any text) and `?` (one character), in at most n × m steps. */
export function fitsWildcard(text: string, pattern: string): boolean {
  let [at, next] = [0, 0];
  let star: { readonly next: number; at: number } | undefined;
  while (at < text.length) {
    if (pattern[next] === '*') {
      next += 1;
      star = { next, at };
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      at += 1;
      next += 1;
    } else if (star) {
      // The last star takes one character more; an earlier one need not be tried again.
      star.at += 1;
      at = star.at;
      next = star.next;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(next));
}
