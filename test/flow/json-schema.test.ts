/** JSON Schema, draft 2020-12: what a value must be, and what is said where it is not. */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/engine/flow.ts';
import { validateJson } from '../../src/flow/json-schema.ts';
import { badSchema } from '../../src/flow/json-schema-shape.ts';
import { parseJson } from '../../src/flow/json-text.ts';

/** `place: reason`, or undefined where the value is fine. */
function problemOf(schema: Json, value: string): string | undefined {
  const problem = validateJson(schema, parseJson(value));
  return problem && `${problem.at}: ${problem.reason}`;
}

const tree = {
  $defs: {
    node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['v'] },
  },
  $ref: '#/$defs/node',
};

const conditional = JSON.parse(
  '{"if": {"minimum": 5}, "then": {"multipleOf": 5}, "else": {"multipleOf": 2}}',
) as Json;

describe('values', () => {
  test.each<[Json, string, string | undefined]>([
    [true, '1', undefined],
    [false, '1', ': it must not be there'],
    [{ type: 'integer' }, '1', undefined],
    [{ type: 'integer' }, '1.0', undefined],
    [{ type: 'integer' }, '12345678901234567890', undefined],
    [{ type: 'integer' }, '1.5', ': it must be integer and is number'],
    [{ type: ['string', 'null'] }, '1', ': it must be string or null and is integer'],
    [{ type: 'array' }, '{}', ': it must be array and is object'],
    [{ enum: [1, { a: [2] }] }, '{"a": [2.0]}', undefined],
    [{ enum: ['a', 'b'] }, '"c"', ': it must be one of ["a", "b"]'],
    [{ const: { a: 1, b: 2 } }, '{"b": 2, "a": 1}', undefined],
    [{ const: null }, '0', ': it must be null'],
    [{ multipleOf: 0.1 }, '0.3', undefined],
    [{ multipleOf: 2 }, '3', ': it must be a multiple of 2'],
    [{ maximum: 3 }, '3', undefined],
    [{ exclusiveMaximum: 3 }, '3', ': it must be less than 3'],
    [{ minimum: 1 }, '0.5', ': it must be at least 1'],
    [{ minimum: 1 }, '"text"', undefined],
    [{ maxLength: 2 }, '"👋👋"', undefined],
    [{ minLength: 3 }, '"👋👋"', ': it must have at least 3 characters and has 2'],
    [{ pattern: '^a+$' }, '"aab"', ': it must match the pattern ^a+$'],
    [{ pattern: 'a' }, '"bab"', undefined],
    [{ uniqueItems: true }, '[1, 1.0]', ': its items must differ from one another'],
    [{ maxItems: 1 }, '[1, 2]', ': it must have at most 1 items and has 2'],
    [{ required: ['a'] }, '{}', ': it needs the property "a"'],
    [{ dependentRequired: { a: ['b'] } }, '{"a": 1}', ': it needs the property "b"'],
    [{ dependentRequired: { a: ['b'] } }, '{}', undefined],
    [{ properties: { a: { type: 'string' } } }, '{"a": 1}', '/a: it must be string and is integer'],
    [{ properties: { 'a/b': { const: 1 } } }, '{"a/b": 2}', '/a~1b: it must be 1'],
    [
      { properties: { a: true }, additionalProperties: false },
      '{"a": 1, "b": 2}',
      '/b: it must not be there',
    ],
    [
      { patternProperties: { '^n': { type: 'integer' } } },
      '{"nn": "x", "m": 1}',
      '/nn: it must be integer and is string',
    ],
    [
      { propertyNames: { maxLength: 1 } },
      '{"ab": 1}',
      '/ab: its name is not allowed: it must have at most 1 characters and has 2',
    ],
    [
      { prefixItems: [{ type: 'string' }], items: { type: 'integer' } },
      '["a", 1, "b"]',
      '/2: it must be integer and is string',
    ],
    [
      { contains: { const: 1 }, minContains: 2 },
      '[1, 2]',
      ': it must have at least 2 fitting items and has 1',
    ],
    [
      { contains: { const: 1 }, minContains: 0, maxContains: 1 },
      '[1, 1]',
      ': it must have at most 1 fitting items and has 2',
    ],
    [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, '3', ': it must be at most 2'],
    [
      { anyOf: [{ type: 'string' }, { minimum: 2 }] },
      '1',
      ': it fits none of the possible schemas',
    ],
    [
      { oneOf: [{ minimum: 1 }, { minimum: 2 }] },
      '3',
      ': it must fit exactly one of the possible schemas and fits 2',
    ],
    [{ not: { type: 'string' } }, '"a"', ': it fits a schema that it must not fit'],
    [conditional, '7', ': it must be a multiple of 5'],
    [conditional, '4', undefined],
    [{ dependentSchemas: { a: { required: ['b'] } } }, '{"a": 1}', ': it needs the property "b"'],
    [tree, '{"v": 1, "next": {"v": 2, "next": {}}}', '/next/next: it needs the property "v"'],
    [
      { $defs: { n: { $anchor: 'n', type: 'null' } }, items: { $ref: '#n' } },
      '[null, 1]',
      '/1: it must be null and is integer',
    ],
    [
      { $defs: { n: { $id: 'https://x/n', type: 'null' } }, items: { $ref: 'https://x/n' } },
      '[1]',
      '/0: it must be null and is integer',
    ],
    [
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      '{"a": 1, "b": 2}',
      '/b: it must not be there',
    ],
    [
      {
        anyOf: [{ properties: { a: true } }, { properties: { b: { type: 'string' } } }],
        unevaluatedProperties: false,
      },
      '{"a": 1, "b": 2}',
      '/b: it must not be there',
    ],
    [{ prefixItems: [true], contains: { const: 3 }, unevaluatedItems: false }, '[1, 3]', undefined],
    [{ prefixItems: [true], unevaluatedItems: false }, '[1, 3]', '/1: it must not be there'],
    [{ format: 'email' }, '"no email"', undefined],
    [{ $ref: '#' }, '1', ': it takes too much work to check'],
  ])('%j: %s', (schema, value, problem) => {
    expect(badSchema(schema)).toBeUndefined();
    expect(problemOf(schema, value)).toBe(problem);
  });

  test('a schema whose ways multiply is given up, soon', () => {
    const deep = { anyOf: [{ $ref: '#' }, { $ref: '#' }, { const: 2 }], not: { const: 3 } };
    expect(problemOf({ items: deep, anyOf: [{ $ref: '#/items' }] }, '[1]')).toMatch(
      /fits none|too much work/,
    );
  });

  test('a pattern that would take for ever elsewhere', () => {
    expect(problemOf({ pattern: '^(a+)+$' }, JSON.stringify(`${'a'.repeat(5_000)}b`))).toMatch(
      /must match/,
    );
  });
});

describe('schemas', () => {
  test.each<[Json, string]>([
    ['text', ': is not a schema'],
    [
      { type: 'strin' },
      'type: is not one of null, boolean, integer, number, string, array, object',
    ],
    [{ properties: { a: { minLength: -1 } } }, 'properties/a/minLength: is not a count'],
    [{ items: [{}] }, 'items: is not a schema'],
    [{ allOf: {} }, 'allOf: is not a list of schemas'],
    [{ required: 'a' }, 'required: is not a list of names'],
    [
      { pattern: '(?=a)' },
      'pattern: is an invalid pattern (look-around and back references are not supported)',
    ],
    [
      { patternProperties: { '(': true } },
      'patternProperties/(: has an invalid pattern for its name',
    ],
    [{ $ref: '#/$defs/none' }, '$ref: refers to nothing in this schema'],
    [{ $ref: 'https://elsewhere/schema' }, '$ref: refers to nothing in this schema'],
    [{ $ref: '#/%' }, '$ref: refers to nothing in this schema'],
  ])('%j', (schema, problem) => {
    const bad = badSchema(schema);
    expect(bad && `${bad.path.join('/')}: ${bad.reason}`).toBe(problem);
  });
});
