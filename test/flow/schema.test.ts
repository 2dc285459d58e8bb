/** The `expression()` wrapper, and the conversions that follow from a schema and what is written. */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/engine/flow.ts';
import { checkProperties } from '../../src/flow/check.ts';
import { conversionsOf } from '../../src/flow/conversions.ts';
import { readDocument } from '../../src/flow/document.ts';
import { describe as line } from '../../src/flow/issues.ts';
import { createReport } from '../../src/flow/report.ts';
import { expression, innerOf, z, type Shape } from '../../src/flow/schema.ts';

function check(shape: Shape, source: string): { read: unknown; lines: readonly string[] } {
  const report = createReport();
  const node = readDocument(source, report);
  if (node?.type !== 'map') throw new Error('the source of a test is a map');
  report.useRoot(node);
  const read = checkProperties(shape, node, { path: [], owner: 'it' }, report);
  return { read, lines: report.issues.map((issue) => line(issue)) };
}

const shape: Shape = {
  text: expression(z.string()).optional(),
  count: expression(z.int().min(1)).default(3).describe('how many'),
  inside: expression(z.string().optional()),
  list: expression(z.array(z.number())).optional(),
  either: expression(z.union([z.boolean(), z.array(z.int())])).optional(),
  options: z
    .object({
      retries: expression(z.int()).default(1),
      auth: z.object({ user: expression(z.string()) }).optional(),
    })
    .optional(),
};

describe('expression()', () => {
  test.each<[string, string, unknown]>([
    ['defaults and optional ones, inside or outside', '{}', { count: 3 }],
    ['a template passes where a number is wanted', 'count: "{{ n }}"', { count: '{{ n }}' }],
    [
      'a tag is a template too',
      'count: "{% if a %}1{% endif %}"',
      { count: '{% if a %}1{% endif %}' },
    ],
    ['a number as text is a number', 'count: "5"', { count: 5 }],
    ['templates inside a list', 'list: [1, "{{ n }}"]', { count: 3, list: [1, '{{ n }}'] }],
    [
      'templates inside a list in a union',
      'either: [1, "{{ n }}"]',
      { count: 3, either: [1, '{{ n }}'] },
    ],
    ['nested defaults', 'options: {}', { count: 3, options: { retries: 1 } }],
  ])('%s', (_, source, read) => {
    expect(check(shape, source)).toEqual({ read, lines: [] });
  });

  test.each<[string, string, readonly string[]]>([
    [
      'the place of an inner issue',
      'list:\n- 1\n- x',
      ['3:3  wrong-type  Expected a number, found text.'],
    ],
    ['a bound of the inner schema', 'count: 0', ['1:8  invalid-value  "0" is less than 1.']],
    [
      'deep inside, at the exact place',
      'options:\n  auth:\n    usr: a\n  retries: many',
      [
        '3:5  unknown-property  "usr" is not a property of `auth`. Did you mean "user"?',
        '4:12  wrong-type  Expected a number, found text.',
      ],
    ],
  ])('reports %s', (_, source, lines) => {
    expect(check(shape, source).lines).toEqual(lines);
  });

  test('keeps the inner schema reachable', () => {
    const inner = z.array(z.string());
    expect(innerOf(expression(inner))).toBe(inner);
    expect(innerOf(expression(inner).describe('words'))).toBe(inner);
    expect(innerOf(inner)).toBeUndefined();
  });
});

describe('conversions', () => {
  const kinds: Shape = {
    text: expression(z.string()),
    level: expression(z.enum(['A', 'B'])).default('A'),
    integer: expression(z.int()).optional(),
    number: expression(z.number().min(1)).optional(),
    flag: expression(z.boolean()).optional(),
    wait: expression(z.iso.duration()).optional(),
    list: expression(z.array(z.unknown())).optional(),
    map: expression(z.record(z.string(), z.unknown())).optional(),
    any: expression(z.unknown()).optional(),
    message: expression(z.union([z.string(), z.array(z.string())])).optional(),
    body: expression(z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())])).optional(),
    either: expression(z.union([z.string(), z.record(z.string(), z.unknown())])).optional(),
    plain: z.string().optional(),
    options: z.object({ user: expression(z.string()), port: z.int() }).optional(),
    headers: z.record(z.string(), expression(z.string())).optional(),
    parts: z.array(z.object({ name: expression(z.string()) })).optional(),
  };

  test.each<[string, Record<string, Json>, Record<string, string>]>([
    [
      'one kind each',
      {
        text: 'a',
        level: 'A',
        integer: 1,
        number: 1,
        flag: true,
        wait: 'PT1S',
        list: [],
        map: {},
        any: 1,
      },
      {
        text: 'text',
        level: 'text',
        integer: 'integer',
        number: 'number',
        flag: 'boolean',
        wait: 'duration',
        list: 'list',
        map: 'map',
        any: 'any',
      },
    ],
    ['only what is there, and only what is rendered', { plain: 'a' }, {}],
    ['a text or a list of texts: text', { message: '{{ a }}' }, { message: 'texts' }],
    ['a text or a list of texts: list', { message: ['a'] }, { message: 'texts' }],
    ['a union by what is written: text', { either: '{{ a }}' }, { either: 'text' }],
    ['a union by what is written: map', { either: { a: 1 } }, { either: 'map' }],
    ['a union that does not take text', { body: '{{ a }}' }, { body: 'any' }],
    ['fields of an object', { options: { user: 'a', port: 1 } }, { 'options.user': 'text' }],
    ['a map of expressions as a whole', { headers: { 'a.b': 'c' } }, { headers: 'map' }],
    [
      'objects in a list',
      { parts: [{ name: 'a' }, { name: 'b' }] },
      { 'parts.0.name': 'text', 'parts.1.name': 'text' },
    ],
  ])('%s', (_, properties, conversions) => {
    expect(conversionsOf(kinds, properties)).toEqual(conversions);
  });
});
