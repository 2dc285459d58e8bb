import { describe, expect, test } from 'vitest';
import {
  fromAttribute,
  keyCandidates,
  toAttribute,
} from '../../../src/tasks/aws/attribute-values.ts';

describe('from DynamoDB', () => {
  test.each([
    ['text', { S: 'a' }, 'a'],
    ['text that looks like a number', { S: '1' }, '1'],
    ['an integer', { N: '42' }, 42],
    ['a fraction', { N: '-1.5' }, -1.5],
    ['a large power', { N: '1E+50' }, 1e50],
    ['digits a double cannot hold', { N: '12345678901234567890' }, '12345678901234567890'],
    ['a fraction a double cannot hold', { N: '9007199254740991.3' }, '9007199254740991.3'],
    ['the largest exact integer', { N: '9007199254740991' }, 9007199254740991],
    ['true', { BOOL: true }, true],
    ['false', { BOOL: false }, false],
    ['null', { NULL: true as const }, null],
    ['a list', { L: [{ N: '1' }, { S: 'b' }, { L: [] }] }, [1, 'b', []]],
    ['a map', { M: { a: { M: { b: { NULL: true as const } } } } }, { a: { b: null } }],
    ['a set of texts', { SS: ['a', 'b'] }, ['a', 'b']],
    ['a set of numbers', { NS: ['1', '2'] }, [1, 2]],
    ['binary', { B: Buffer.from('hi') }, 'aGk='],
    ['a set of binaries', { BS: [Buffer.from('hi')] }, ['aGk=']],
  ])('%s', (_, attribute, value) => {
    expect(fromAttribute(attribute)).toEqual(value);
  });
});

describe('to DynamoDB', () => {
  test.each([
    ['text', 'a', { S: 'a' }],
    ['text that looks like a number', '1', { S: '1' }],
    ['a number', 1.5, { N: '1.5' }],
    ['a large integer', 12345678901234567890n, { N: '12345678901234567890' }],
    ['a boolean', false, { BOOL: false }],
    ['null', null, { NULL: true }],
    ['a list', [1, 'a'], { L: [{ N: '1' }, { S: 'a' }] }],
    ['a map', { a: { b: [] } }, { M: { a: { M: { b: { L: [] } } } } }],
  ])('%s', (_, value, attribute) => {
    expect(toAttribute(value)).toEqual(attribute);
  });

  test('refuses what is no data', () => {
    expect(() => toAttribute(Number.NaN)).toThrow('NaN cannot be a DynamoDB number.');
    expect(() => toAttribute(() => 1)).toThrow('A function cannot be a DynamoDB attribute.');
  });
});

describe('keys are tried', () => {
  test.each([
    ['as text only', { id: 'a' }, [{ id: { S: 'a' } }]],
    ['as number, then as text', { id: 1 }, [{ id: { N: '1' } }, { id: { S: '1' } }]],
    ['as text, then as number', { id: '1' }, [{ id: { S: '1' } }, { id: { N: '1' } }]],
  ])('%s', (_, key, candidates) => {
    expect(keyCandidates(key)).toEqual(candidates);
  });
});
