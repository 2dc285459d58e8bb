/** Globs, as Java has them. */
import { describe, expect, test } from 'vitest';
import { TaskFailure } from '../../../src/tasks/define.ts';
import { globs, globsAnywhere } from '../../../src/tasks/core/glob.ts';

const paths = ['a.txt', 'b.csv', 'x/a.txt', 'x/y/a.txt', 'x/[1].txt', 'x/{2}'];
const of = (glob: string) => paths.filter(globs([glob]));
const anywhere = (glob: string) => paths.filter(globsAnywhere([glob]));

describe('from the top', () => {
  test.each([
    ['a.txt', ['a.txt']],
    ['/a.txt', ['a.txt']],
    ['*.txt', ['a.txt']],
    ['*', ['a.txt', 'b.csv']],
    ['**', paths],
    ['x/*', ['x/a.txt', 'x/[1].txt', 'x/{2}']],
    ['x/**', ['x/a.txt', 'x/y/a.txt', 'x/[1].txt', 'x/{2}']],
    ['**/a.txt', ['x/a.txt', 'x/y/a.txt']],
    ['**.txt', ['a.txt', 'x/a.txt', 'x/y/a.txt', 'x/[1].txt']],
    ['?.txt', ['a.txt']],
    ['x?a.txt', []],
    ['[a-b].*', ['a.txt', 'b.csv']],
    ['[!a].*', ['b.csv']],
    ['x[!a]a.txt', []],
    ['*.{txt,csv}', ['a.txt', 'b.csv']],
    [String.raw`x/\[1\].txt`, ['x/[1].txt']],
    [String.raw`x/\{2\}`, ['x/{2}']],
    ['(a|b).*', []],
    ['', []],
  ])('%s', (glob, fitting) => {
    expect(of(glob)).toEqual(fitting);
  });
});

describe('below any folder', () => {
  test.each([
    ['a.txt', ['a.txt', 'x/a.txt', 'x/y/a.txt']],
    ['/a.txt', ['a.txt']],
    ['*.txt', ['a.txt']],
    ['**/a.txt', ['a.txt', 'x/a.txt', 'x/y/a.txt']],
    ['y/**', ['x/y/a.txt']],
  ])('%s', (glob, fitting) => {
    expect(anywhere(glob)).toEqual(fitting);
  });
});

test.each(['{a,b', '[z-a]', 'a'.repeat(1_001)])('%s is none', (glob) => {
  expect(() => of(glob)).toThrow(TaskFailure);
});

test('takes time in proportion to the path', () => {
  const path = 'a'.repeat(5_000);
  expect(globs([`${'*a'.repeat(400)}b`])(path)).toBe(false);
});
