/** Values for people: what looks alike elsewhere is told apart, and nothing is shown without end. */
import { expect, it } from 'vitest';
import { DateValue, DurationValue } from '../../src/expression/date-value.ts';
import { Pending, settle } from '../../src/expression/pending.ts';
import { render } from '../../src/expression/render.ts';
import { showValue, showValueTall, typeName } from '../../src/expression/show.ts';
import { Trace } from '../../src/expression/trace.ts';
import { fromPlain, type Value } from '../../src/expression/value.ts';
import { scope } from './rendering.ts';

const date = new DateValue('local-date', { epochSecond: 0, nano: 0, offsetSeconds: 0 });

it.each<[Value, string]>([
  [3n, 'integer 3'],
  [3, 'double 3.0'],
  ['3', 'string "3"'],
  ['a\n"', 'string "a\\n\\""'],
  [true, 'boolean true'],
  [null, 'null null'],
  [[], 'list []'],
  [fromPlain({ a: [1, 1.5], b: null, '"': {} }), 'map {"a": [1, 1.5], "b": null, "\\"": {}}'],
  [date, 'date date(1970-01-01)'],
  [new DurationValue(90, 0), 'duration duration(PT1M30S)'],
])('%# %s', (value, expected) => {
  expect(`${typeName(value)} ${showValue(value)}`).toBe(expected);
});

it('puts what is long on lines', () => {
  const long = 'x'.repeat(60);
  expect(showValueTall(fromPlain({ a: [{ b: long }, [1, 2]], c: long }))).toBe(
    `{\n  "a": [\n    {\n      "b": "${long}"\n    },\n    [1, 2]\n  ],\n  "c": "${long}"\n}`,
  );
});

it('ends where it is told to, however large the value', () => {
  let shared: Value = [1n];
  for (let i = 0; i < 60; i++) shared = [shared, shared];
  expect(showValue(shared, { charactersMax: 70 })).toBe(`${'['.repeat(61)}1], [1]],…`);
  let deep: Value = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(showValue(deep)).toContain('[…]');
});

it('shows maps that are not in memory without asking for them', () => {
  class Absent extends Map<string, Value> {
    override entries(): MapIterator<[string, Value]> {
      throw new Pending('absent', () => Promise.resolve());
    }
  }
  const value = [new Absent()];
  expect(showValue(value, { asIs: true })).toBe('[{…}]');
  expect(() => showValue(value)).toThrow(Pending);
});

it('masks texts before they are quoted', () => {
  const mask = (text: string): string => text.replaceAll('a"b', '***');
  expect(showValue(fromPlain({ 'a"b': ['xa"b'] }), { mask })).toBe('{"***": ["x***"]}');
});

it('traces loops, macros and nested renders, and stops listing at some point', async () => {
  const lines = async (template: string): Promise<readonly string[]> => {
    const observer = await settle(() => {
      const trace = new Trace();
      render(template, { ...scope, observer: trace });
      return trace;
    });
    const { omitted } = observer;
    const entries = observer.entries().map(({ depth, expression, outcome }) => {
      const shown = outcome.type === 'value' ? showValue(outcome.value) : outcome.type;
      return `${'  '.repeat(depth)}${expression}: ${shown}`;
    });
    return omitted > 0 ? [`${entries.length} and ${omitted}`] : entries;
  };
  expect(await lines('{% for d in [4, 5] %}{% if d > 4 %}{{ d }}{% endif %}{% endfor %}')).toEqual([
    '[4, 5]: [4, 5]',
    '  d: 4',
    'd > 4: false',
    '  d: 5',
    'd > 4: true',
    'd: 5',
  ]);
  expect(
    await lines('{% macro m(x) %}{{ x }}{% endmacro %}{{ m(count) }}{{ render(nested) }}'),
  ).toEqual([
    '  count: 7',
    '  x: 7',
    'm(count): "7"',
    '  nested: "{{ city }}"',
    '  city: "Lyon"',
    'render(nested): "Lyon"',
  ]);
  expect(await lines('{{ nope.x | default(count) }}{{ gone is defined }}')).toEqual([
    '  count: 7',
    '    nope: missing',
    '  nope.x: missing',
    'nope.x | default(count): 7',
    '  gone: missing',
    'gone is defined: false',
  ]);
  expect(await lines('{% for i in 1..6000 %}{{ i + 1 }}{% endfor %}')).toEqual(['10000 and 2001']);
});
