import { describe, test } from 'vitest';
import { flowOf, loop, parallel, rounds, task } from './flows.ts';
import { scenario } from './scenario.ts';

describe('flowables that are asked', () => {
  test('another round, until it says what it came to', () => {
    scenario(
      flowOf([rounds('r', [task('a')]), task('b')]),
      `
      start          | r
      r round 0      | r[0]/a
      r[0]/a ok      | r#3
      r#3 again      | r#4
      r#4 round 1    | r[1]/a
      r[1]/a warn    | r#5
      r#5 done WARNING | b
      b ok           | end WARNING
    `,
    );
  });
  test('they are asked before their errors and finally', () => {
    scenario(
      flowOf([rounds('r', [task('a')], { errors: [task('e')], finally: [task('f')] })]),
      `
      start             | r
      r round 0         | r[0]/a
      r[0]/a fail       | r#3
      r#3 done FAILED   | r/errors/e
      r/errors/e ok     | r/finally/f
      r/finally/f ok    | end FAILED
    `,
    );
  });
  test('a bad end of the members may be none of the flowable', () => {
    scenario(
      flowOf([loop('l', ['x', 'y'], [task('a')], { limit: 1, asks: true }), task('b')]),
      `
      start           | l[0]/a
      l[0]/a fail     | l#3
      l#3 done SUCCESS | b
      b ok            | end SUCCESS
    `,
    );
  });
  test('without values they are asked at once', () => {
    scenario(
      flowOf([loop('l', undefined, [task('a')], { asks: true, errors: [task('e')] })]),
      `
      start           | l
      l open          | l#3
      l#3 done FAILED | l/errors/e
      l/errors/e ok   | end FAILED
    `,
    );
  });
  test('the last of those side by side asks', () => {
    scenario(
      flowOf([loop('l', ['x', 'y'], [task('a')], { limit: 0, asks: true })]),
      `
      start           | l[0]/a, l[1]/a
      l[1]/a ok       |
      l[0]/a ok       | l#3
      l#3 done SUCCESS | end SUCCESS
    `,
    );
  });
  test('after a restart they are asked again', () => {
    scenario(
      flowOf([rounds('r', [task('a'), task('b')]), task('c')]),
      `
      start           | r
      r round 0       | r[0]/a
      r[0]/a ok       | r[0]/b
      r[0]/b fail     | r#3
      r#3 done FAILED | end FAILED
      restart         | r[0]/b
      r[0]/b ok       | r#3
      r#3 again       | r#4
      r#4 round 1     | r[1]/a
      r[1]/a ok       | r[1]/b
      r[1]/b ok       | r#5
      r#5 done SUCCESS | c
      c fail          | end FAILED
      restart         | c
      c ok            | end SUCCESS
    `,
    );
  });
});

describe('afterwards', () => {
  test('its tasks run after the end, one after the other, whatever they come to', () => {
    scenario(
      flowOf([task('a')], {
        errors: [task('e')],
        finally: [task('f')],
        afterExecution: [task('x'), parallel('p', [task('y'), task('z')])],
      }),
      `
      start                 | a
      a fail                | errors/e
      errors/e ok           | finally/f
      finally/f ok          | afterExecution/x, end FAILED
      afterExecution/x fail | afterExecution/p/y, afterExecution/p/z
      afterExecution/p/y ok |
      afterExecution/p/z ok |
    `,
    );
  });
  test('a restart forgets them', () => {
    scenario(
      flowOf([task('a')], { afterExecution: [task('x')] }),
      `
      start               | a
      a fail              | afterExecution/x, end FAILED
      afterExecution/x ok |
      restart             | a
      a ok                | afterExecution/x, end SUCCESS
    `,
    );
  });
});
