/** The small pure helpers of the reader. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationMs } from '../../src/flow/duration.ts';
import { jsonText, parseJson } from '../../src/flow/json-text.ts';
import { nearest, nearestType } from '../../src/flow/nearest.ts';

test.each([
  ['PT1S', 1_000],
  ['pt1m', 60_000],
  ['P1DT2H', 93_600_000],
  ['P1W', 604_800_000],
  ['PT0.5S', 500],
  ['PT-1.5S', -1_500],
  ['-PT1S', -1_000],
  ['PT36H', 129_600_000],
  ['P', undefined],
  ['PT', undefined],
  ['P1DT', undefined],
  ['P1M', undefined],
  ['P1Y', undefined],
  ['1s', undefined],
  ['', undefined],
])('the duration %j has %j ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

describe('nearest', () => {
  const words = ['message', 'level', 'timeout'];
  test.each([
    ['mesage', 'message'],
    ['levle', 'level'],
    ['TIMEOUT', 'timeout'],
    ['messages', 'message'],
    ['mess', 'message'],
    ['colour', undefined],
    ['', undefined],
  ])('of %j is %j', (word, known) => {
    expect(nearest(word, words)).toBe(known);
  });

  test('a name equal to a known one is nearest to itself', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (known) => {
        for (const name of known) expect(nearest(name, known)).toBe(name);
      }),
    );
  });

  test.each([
    ['io.kestra.plugin.core.log.Logg', 'io.kestra.plugin.core.log.Log'],
    ['io.kestra.plugin.aws.GetItem', 'io.kestra.plugin.aws.dynamodb.GetItem'],
    ['getitem', 'io.kestra.plugin.aws.dynamodb.GetItem'],
    ['io.kestra.plugin.core.log.Dag', undefined],
  ])('of the type %j is %j', (type, known) => {
    const types = ['io.kestra.plugin.aws.dynamodb.GetItem', 'io.kestra.plugin.core.log.Log'];
    expect(nearestType(type, types)).toBe(known);
  });
});

test('JSON text keeps integers and doubles apart, at any size', () => {
  const text = '{"a": [1, 1.0, 9007199254740993], "__proto__": null, "b": "x"}';
  expect(jsonText(parseJson(text))).toBe(text);
});
