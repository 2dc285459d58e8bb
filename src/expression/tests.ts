/** The tests of `is` and `is not`. */
import { isEmpty } from './compare.ts';
import type { TestDefinition } from './definition.ts';
import { ExpressionError, evaluationError } from './error.ts';
import { readJsonPrefix } from './json.ts';
import { isList, isMap, kindOf, type Value } from './value.ts';

function test(
  apply: (input: Value) => boolean,
  options: { toleratesMissing?: boolean } = {},
): TestDefinition {
  return { parameters: [], takesMore: true, apply, ...options };
}

function parity(name: 'even' | 'odd'): TestDefinition {
  return test((input) => {
    if (input === null) throw evaluationError(`Can not pass null value to "${name}" test.`);
    if (typeof input !== 'bigint') {
      throw evaluationError(
        `ClassCastException: "${name}" wants an integer, not a ${kindOf(input)}`,
      );
    }
    return (input % 2n === 0n) === (name === 'even');
  });
}

/** Text of which the first JSON value can be read; nothing at all counts as JSON too. */
function isJson(input: Value): boolean {
  if (input === null) throw evaluationError('argument "content" is null');
  if (typeof input !== 'string') {
    throw evaluationError(`ClassCastException: "json" wants text, not a ${kindOf(input)}`);
  }
  if (input.trim() === '') return true;
  try {
    readJsonPrefix(input);
    return true;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

export const testTable: ReadonlyMap<string, TestDefinition> = new Map([
  ['defined', test((input) => input !== null, { toleratesMissing: true })],
  ['empty', test(isEmpty)],
  ['even', parity('even')],
  ['iterable', test(isList)],
  ['json', test(isJson)],
  ['map', test(isMap)],
  ['null', test((input) => input === null)],
  ['odd', parity('odd')],
]);
