import { Problem } from './problem.ts';

/** `?breakpoints=id,id.value`. */
export function breakpointsIn(text: string): readonly string[] {
  const breakpoints = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  if (breakpoints.length <= 100 && text.length <= 10_000) return breakpoints;
  throw new Problem(400, 'bad-query', 'There can be at most 100 breakpoints.');
}
