import { describe, test } from 'vitest';
import { flowOf, graph, loop, parallel, sequence, task } from './flows.ts';
import { scenario } from './scenario.ts';

const retry = { type: 'constant', intervalMs: 10, maxAttempts: 3 } as const;

describe('sequences', () => {
  test('one task after the other, then the end', () => {
    scenario(
      flowOf([task('a'), task('b')]),
      `
      start | a
      a ok  | b
      b ok  | end SUCCESS
    `,
    );
  });
  test('a failure stops the list, a warning only colours it', () => {
    scenario(
      flowOf([task('a'), task('b'), task('c')]),
      `
      start  | a
      a warn | b
      b ok   | c
      c ok   | end WARNING
    `,
    );
    scenario(
      flowOf([task('a'), task('b')]),
      `
      start  | a
      a fail | end FAILED
    `,
    );
  });
  test('a skipped task is passed by', () => {
    scenario(
      flowOf([task('a'), task('b')]),
      `
      start  | a
      a skip | b
      b ok   | end SUCCESS
    `,
    );
  });
  test('a static sequence needs no message of its own', () => {
    scenario(
      flowOf([sequence('s', [task('a'), task('b')]), task('c')]),
      `
      start  | s/a
      s/a ok | s/b
      s/b ok | c
      c ok   | end SUCCESS
    `,
    );
  });
  test('an empty sequence is passed by', () => {
    scenario(
      flowOf([sequence('s', []), task('c')]),
      `
      start | c
      c ok  | end SUCCESS
    `,
    );
  });
});

describe('errors and finally', () => {
  test('errors run when the tasks failed, and change nothing of that', () => {
    scenario(
      flowOf([task('a')], { errors: [task('e'), task('f')] }),
      `
      start       | a
      a fail      | errors/e
      errors/e ok | errors/f
      errors/f ok | end FAILED
    `,
    );
  });
  test('a failing handler does not stop the next one', () => {
    scenario(
      flowOf([task('a')], { errors: [task('e'), task('f')], finally: [task('z')] }),
      `
      start         | a
      a fail        | errors/e
      errors/e fail | errors/f
      errors/f ok   | finally/z
      finally/z fail | end FAILED
    `,
    );
  });
  test('finally runs after success too', () => {
    scenario(
      flowOf([task('a')], { finally: [task('z')] }),
      `
      start        | a
      a ok         | finally/z
      finally/z ok | end SUCCESS
    `,
    );
  });
  test('inner handlers run before outer ones', () => {
    const inner = sequence('s', [task('a')], { errors: [task('e')] });
    scenario(
      flowOf([inner, task('b')], { errors: [task('f')] }),
      `
      start         | s/a
      s/a fail      | s/errors/e
      s/errors/e ok | errors/f
      errors/f ok   | end FAILED
    `,
    );
  });
  test('allowed failure of a flowable lets the flow go on with a warning', () => {
    const inner = sequence('s', [task('a')], { allowFailure: true });
    scenario(
      flowOf([inner, task('b')]),
      `
      start    | s/a
      s/a fail | b
      b ok     | end WARNING
    `,
    );
  });
  test('allowed failure and warning of a task make it a success', () => {
    scenario(
      flowOf([task('a', { allowFailure: true, allowWarning: true })]),
      `
      start  | a
      a fail | end SUCCESS
    `,
    );
  });
});

describe('retry', () => {
  test('until it succeeds', () => {
    scenario(
      flowOf([task('a', { retry }), task('b')]),
      `
      start    | a
      a fail   | a#2
      a#2 fail | a#3
      a#3 ok   | b
      b ok     | end SUCCESS
    `,
    );
  });
  test('until the attempts are used up; then errors', () => {
    scenario(
      flowOf([task('a', { retry })], { errors: [task('e')] }),
      `
      start       | a
      a fail      | a#2
      a#2 fail    | a#3
      a#3 fail    | errors/e
      errors/e ok | end FAILED
    `,
    );
  });
  test('a flowable or the flow lends its retry to failing leaves', () => {
    scenario(
      flowOf([sequence('s', [task('a')], { retry })]),
      `
      start      | s/a
      s/a fail   | s/a#2
      s/a#2 ok   | end SUCCESS
    `,
    );
    scenario(
      flowOf([task('a')], { retry }),
      `
      start  | a
      a fail | a#2
      a#2 ok | end SUCCESS
    `,
    );
  });
});

describe('parallel', () => {
  test('all at once, joined by the last', () => {
    scenario(
      flowOf([parallel('p', [task('a'), task('b'), task('c')]), task('d')]),
      `
      start  | p/a, p/b, p/c
      p/b ok |
      p/a ok |
      p/c ok | d
      d ok   | end SUCCESS
    `,
    );
  });
  test('a failing branch fails it after the others ended', () => {
    scenario(
      flowOf([parallel('p', [task('a'), task('b')], { errors: [task('e')] })]),
      `
      start         | p/a, p/b
      p/a fail      |
      p/b ok        | p/errors/e
      p/errors/e ok | end FAILED
    `,
    );
  });
  test('a limit hands free places to the next in line', () => {
    scenario(
      flowOf([parallel('p', [task('a'), task('b'), task('c'), task('d')], { limit: 2 })]),
      `
      start  | p/a, p/b
      p/b ok | p/c
      p/c ok | p/d
      p/d ok |
      p/a ok | end SUCCESS
    `,
    );
  });
  test('after a failure no further branch starts', () => {
    scenario(
      flowOf([parallel('p', [task('a'), task('b'), task('c'), task('d')], { limit: 2 })]),
      `
      start    | p/a, p/b
      p/b fail |
      p/a ok   | end FAILED
    `,
    );
  });
  test('one place is a sequence', () => {
    scenario(
      flowOf([parallel('p', [task('a'), task('b')], { limit: 1 })]),
      `
      start  | p/a
      p/a ok | p/b
      p/b ok | end SUCCESS
    `,
    );
  });
  test('branches that are sequences run side by side', () => {
    const two = parallel('p', [sequence('s', [task('a'), task('b')]), sequence('t', [task('c')])]);
    scenario(
      flowOf([two]),
      `
      start    | p/s/a, p/t/c
      p/t/c ok |
      p/s/a ok | p/s/b
      p/s/b ok | end SUCCESS
    `,
    );
  });
});

describe('loops', () => {
  test('one value after the other', () => {
    scenario(
      flowOf([loop('l', ['x', 'y'], [task('a'), task('b')]), task('c')]),
      `
      start     | l[0]/a
      l[0]/a ok | l[0]/b
      l[0]/b ok | l[1]/a
      l[1]/a ok | l[1]/b
      l[1]/b ok | c
      c ok      | end SUCCESS
    `,
    );
  });
  test('a failing iteration stops a sequential loop', () => {
    scenario(
      flowOf([loop('l', ['x', 'y'], [task('a')])]),
      `
      start       | l[0]/a
      l[0]/a fail | end FAILED
    `,
    );
  });
  test('without a limit all values at once', () => {
    scenario(
      flowOf([loop('l', ['x', 'y'], [task('a'), task('b')], { limit: 0 })]),
      `
      start     | l[0]/a, l[1]/a
      l[1]/a ok | l[1]/b
      l[0]/a ok | l[0]/b
      l[0]/b ok |
      l[1]/b ok | end SUCCESS
    `,
    );
  });
  test('values decided when its baton runs', () => {
    scenario(
      flowOf([loop('l', undefined, [task('a')]), task('b')]),
      `
      start      | l
      l open x y | l[0]/a, l[1]/a
      l[1]/a ok  |
      l[0]/a ok  | b
      b ok       | end SUCCESS
    `,
    );
  });
  test('no values is a success, a failing evaluation a failure', () => {
    scenario(
      flowOf([loop('l', undefined, [task('a')]), task('b')]),
      `
      start  | l
      l open | b
      b ok   | end SUCCESS
    `,
    );
    scenario(
      flowOf([loop('l', undefined, [task('a')]), task('b')]),
      `
      start  | l
      l fail | end FAILED
    `,
    );
  });
  test('a loop in a limited loop', () => {
    const inner = loop('m', ['u', 'v'], [task('a')], { limit: 0 });
    scenario(
      flowOf([loop('l', ['x', 'y', 'z'], [inner], { limit: 2 })]),
      `
      start          | l[0]/m[0]/a, l[0]/m[1]/a, l[1]/m[0]/a, l[1]/m[1]/a
      l[1]/m[0]/a ok |
      l[1]/m[1]/a ok | l[2]/m[0]/a, l[2]/m[1]/a
      l[2]/m[0]/a ok |
      l[2]/m[1]/a ok |
      l[0]/m[0]/a ok |
      l[0]/m[1]/a ok | end SUCCESS
    `,
    );
  });
  test('a wide loop is spread by further batons', () => {
    const values = Array.from({ length: 250 }, (_, index) => `v${index}`);
    scenario(
      flowOf([loop('l', values, [task('a')], { limit: 0 })]),
      `
      start | l 0..100, l 100..200, l 200..250
    `,
    );
  });
});

describe('graphs', () => {
  const diamond = [[task('a')], [task('b'), 'a'], [task('c'), 'a'], [task('d'), 'b', 'c']] as const;
  test('a task starts when all it waits for have ended', () => {
    scenario(
      flowOf([graph('g', diamond), task('e')]),
      `
      start  | g/a
      g/a ok | g/b, g/c
      g/c ok |
      g/b ok | g/d
      g/d ok | e
      e ok   | end SUCCESS
    `,
    );
  });
  test('what waits for a failed task never starts; the others go on', () => {
    scenario(
      flowOf([graph('g', [...diamond, [task('x')]])]),
      `
      start    | g/a, g/x
      g/a ok   | g/b, g/c
      g/b fail |
      g/x ok   |
      g/c ok   | end FAILED
    `,
    );
  });
  test('skipped and warned count as ended', () => {
    scenario(
      flowOf([graph('g', diamond)]),
      `
      start    | g/a
      g/a skip | g/b, g/c
      g/b warn |
      g/c ok   | g/d
      g/d ok   | end WARNING
    `,
    );
  });
});

test('every task of every value side by side', () => {
  scenario(
    flowOf([loop('l', ['x', 'y'], [task('a'), task('b')], { limit: 3, sideBySide: true })]),
    `
    start     | l[0]/a, l[0]/b, l[1]/a
    l[0]/b ok | l[1]/b
    l[1]/b ok |
    l[0]/a ok |
    l[1]/a ok | end SUCCESS
  `,
  );
});
