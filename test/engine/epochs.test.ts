/** A new epoch: what was done well counts, what failed is sent again, handlers are forgotten. */
import { describe, test } from 'vitest';
import { flowOf, graph, loop, parallel, sequence, task } from './flows.ts';
import { scenario } from './scenario.ts';

describe('a restart', () => {
  test('sends what failed, and goes on behind it', () => {
    scenario(
      flowOf([task('a'), task('b'), task('c')], { errors: [task('e')] }),
      `
      start       | a
      a ok        | b
      b fail      | errors/e
      errors/e ok | end FAILED
      restart     | b
      b fail      | errors/e
      errors/e ok | end FAILED
      restart     | b
      b ok        | c
      c ok        | end SUCCESS
    `,
    );
  });
  test('joins the branches that were fine with those that run again', () => {
    scenario(
      flowOf([parallel('p', [task('a'), task('b'), task('c')]), task('d')]),
      `
      start    | p/a, p/b, p/c
      p/a ok   |
      p/b fail |
      p/c fail | end FAILED
      restart  | p/b, p/c
      p/c ok   |
      p/b ok   | d
      d ok     | end SUCCESS
    `,
    );
  });
  test('of a graph: what waited for the failed node runs at last', () => {
    scenario(
      flowOf([
        graph('g', [[task('a')], [task('b'), 'a'], [task('c'), 'a'], [task('d'), 'b', 'c']]),
        task('z'),
      ]),
      `
      start    | g/a
      g/a ok   | g/b, g/c
      g/b fail |
      g/c ok   | end FAILED
      restart  | g/b
      g/b ok   | g/d
      g/d ok   | z
      z ok     | end SUCCESS
    `,
    );
  });
  test('of a limited fan: members that ended well are passed by, one place after the other', () => {
    scenario(
      flowOf([loop('l', ['x', 'y', 'z', 'q'], [task('a'), task('b')], { limit: 2 })]),
      `
      start       | l[0]/a, l[1]/a
      l[0]/a ok   | l[0]/b
      l[1]/a ok   | l[1]/b
      l[1]/b ok   | l[2]/a
      l[0]/b fail |
      l[2]/a ok   | l[2]/b
      l[2]/b ok   | end FAILED
      restart     | l[0]/b, l[2]/a
      l[0]/b ok   | l[3]/a
      l[2]/a ok   | l[2]/b
      l[2]/b ok   |
      l[3]/a ok   | l[3]/b
      l[3]/b ok   | end SUCCESS
    `,
    );
  });
  test('inside flowables: handlers and last tasks run again, flowables around stay as they are', () => {
    scenario(
      flowOf([
        sequence('s', [task('a'), task('b')], { errors: [task('e')], finally: [task('f')] }),
      ]),
      `
      start         | s/a
      s/a ok        | s/b
      s/b fail      | s/errors/e
      s/errors/e ok | s/finally/f
      s/finally/f ok | end FAILED
      restart       | s/b
      s/b ok        | s/finally/f
      s/finally/f ok | end SUCCESS
    `,
    );
  });
});
