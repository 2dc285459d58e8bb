/**
 * What a hostile template may try: reach host objects, change its context, run for ever, fill the
 * memory. Every attempt must end in an error of ours that names what was exceeded or refused.
 */
import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../../src/expression/error.ts';
import { filterTable } from '../../src/expression/filters/table.ts';
import { functionTable } from '../../src/expression/functions/table.ts';
import { writeJson } from '../../src/expression/json.ts';
import type { Limits } from '../../src/expression/limits.ts';
import { settle } from '../../src/expression/pending.ts';
import { render } from '../../src/expression/render.ts';
import { testTable } from '../../src/expression/tests.ts';
import { escapes } from './escapes.ts';
import { context, outcome, scope } from './rendering.ts';

const prototypeNames = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'isPrototypeOf',
];

describe('names of prototypes', () => {
  it.each(prototypeNames)('%s is nothing special', async (name) => {
    for (const root of ['person', 'city', 'digits', 'count', 'meeting', 'yes']) {
      expect(await outcome(`{{ ${root}.${name} }}`)).toMatch(/^undefined: Unable to find/);
      expect(await outcome(`{{ ${root}['${name}'] }}`)).toMatch(/^undefined: Unable to find/);
    }
    expect(await outcome(`{{ ${name} }}`)).toMatch(/^undefined/);
    expect(await outcome(`{{ ${name}() }}`)).toMatch(/^unknown-function/);
    expect(await outcome(`{{ city | ${name} }}`)).toMatch(/^unknown-filter/);
    expect(await outcome(`{{ city is ${name} }}`)).toMatch(/^unknown-test/);
    expect(await outcome(`{{ {'${name}': 1} }}`)).toBe(`{"${name}":1}`);
    expect(await outcome(`{{ fromJson('{"${name}":{"x":1}}').${name}.x }}`)).toBe('1');
  });
});

describe('ways out of other engines', () => {
  it.each([
    '{{ range.constructor("return process")() }}',
    '{{ city["const" + "ructor"]["const" + "ructor"]("return 1")() }}',
    '{{ x"&&Function`globalThis```&&"y }}',
    '{{ digits.push(99) }}',
    '{{ city.repeat(5) }}',
    '{{ r/^(a+)+$/.test("a") }}',
    '{{ city.getClass() }}',
    '{{ "".class.forName("x") }}',
    '{% import "x" %}',
    '{% include "/etc/passwd" %}',
    '{% extends "x" %}',
    '{{ caller() }}',
    '{{ super() }}',
  ])('%s', async (template) => {
    const kind = (await outcome(template)).split(':')[0];
    expect(['undefined', 'syntax', 'unknown-tag', 'unknown-function', 'security']).toContain(kind);
  });

  it.each(escapes)('%s', async (template) => {
    const result = await outcome(template);
    const kind = result.split(':')[0] ?? '';
    const refusals =
      'undefined syntax unknown-tag unknown-function unknown-filter unknown-test security host argument evaluation type limit'.split(
        ' ',
      );
    // What renders must be plain text that shows nothing of this process.
    if (!refusals.includes(kind)) {
      expect(result).not.toMatch(
        /function|native code|object process|\/root|node_modules|PATH=|49|7777777/,
      );
    }
  });

  it('refuses to name classes', async () => {
    expect(await outcome('{{ city.class.name }}')).toMatch(/^security/);
    expect(await outcome('{{ digits.CLASS }}')).toMatch(/^security/);
  });

  it('keeps its tables free of prototypes', () => {
    for (const name of prototypeNames) {
      expect([filterTable.has(name), functionTable.has(name), testTable.has(name)]).toEqual([
        false,
        false,
        false,
      ]);
    }
  });
});

it('never changes its context', async () => {
  const before = writeJson(context);
  await outcome('{% set person = 1 %}{% set digits = digits + 4 %}{{ digits | sort | reverse }}');
  await outcome(
    "{{ person | merge({'x': 1}) }}{{ digits - 1 }}{% for city in digits %}{% endfor %}",
  );
  expect(writeJson(context)).toBe(before);
});

async function limitOf(template: string, limits: Partial<Limits> = {}): Promise<string> {
  try {
    await settle(() => render(template, { ...scope, limits }));
  } catch (error) {
    if (error instanceof ExpressionError) return `${error.kind} ${error.subject}`;
    throw error;
  }
  return 'rendered';
}

const doubling = (times: number): string =>
  `{% set x = 'xxxxxxxx' %}{% for i in 1..${times} %}{% set x = x ~ x %}{% endfor %}`;
const sharing = `{% set x = [1] %}{% for i in 1..60 %}{% set x = [x, x] %}{% endfor %}`;
const nesting = `{% set x = [1] %}{% for i in 1..100000 %}{% set x = [x] %}{% endfor %}`;

describe('limits', () => {
  it.each([
    [
      'steps',
      '{% for i in 1..1000 %}{% for j in 1..1000 %}{% for k in 1..1000 %}{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['steps', `${sharing}{{ x == x ~ '' }}{{ (x ~ '') | length }}`],
    ['steps', `{% set l = [] %}{% for i in 1..100000 %}{% set l = l + i %}{% endfor %}`],
    ['outputCharacters', doubling(40)],
    ['outputCharacters', `{{ 'x' | indent(100000000) ~ ('a' | nindent(1000000000)) }}`],
    ['outputCharacters', `${doubling(18)}{{ x | replace({'x': x}) }}`],
    ['outputCharacters', `${doubling(18)}{{ 1..1000 | join(x) }}`],
    ['outputCharacters', `${doubling(18)}{{ x | replace({'x': x}, true) }}`],
    ['rangeSize', '{{ range(1, 3000000) }}'],
    ['rangeSize', '{{ 1..9223372036854775807 }}'],
    ['rangeSize', `{% set l = [1] %}{% for i in 1..40 %}{% set l = l + l %}{% endfor %}`],
    ['recursion', '{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}'],
    ['recursion', "{% block b %}{{ block('b') }}{% endblock %}"],
    ['depth', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`],
    ['depth', `{{ ${'1 + '.repeat(5000)}1 }}`],
    ['depth', `{{ ${'not '.repeat(5000)}1 }}`],
    ['depth', `{{ 1 ${'| abs '.repeat(5000)} }}`],
    ['depth', `${'{% if yes %}'.repeat(2000)}${'{% endif %}'.repeat(2000)}`],
  ])('%s: %.60s', async (name, template) => {
    expect(await limitOf(template)).toBe(`limit ${name}`);
  });

  it.each([
    ["{{ render('{{ render(loop) }}') }}{{ x }}"],
    [nesting],
    [`${nesting}{{ x }}`],
    [`${nesting}{{ x == x + 1 }}`],
    [`${nesting}{{ x | toIon }}`],
    [`${sharing}{{ x }}`],
    [`${sharing}{{ x | yaml }}`],
    [`${sharing}{{ x | escapeChar('single') }}`],
    [`{{ 'a'..'z' | join('') | regexMatch('((a*)*)*$') }}`],
    [`{{ '${'1'.repeat(150)}x' | date(existingFormat='${'[y]'.repeat(60)}') }}`],
    [`{{ '${'1'.repeat(150)}x' | date(existingFormat='${'[[y]'.repeat(30)}${']'.repeat(30)}') }}`],
    [`{{ 'x' | date(existingFormat='${'S'.repeat(5_000)}') }}`],
    [`{{ '${'a'.repeat(50_000)}' | regexMatch('^(a|a)*(a+)+(.*?,){20}$') }}`],
    [`{{ '${'a'.repeat(5_000)}' | regexReplace('(a*)*b', 'c') }}`],
    [`{{ '${'a'.repeat(5_000)}' | regexExtract('(x+x+)+y') }}`],
    [`{{ '${'a'.repeat(5_000)}' | split('(a?){50}b') }}`],
    ["{{ 'a' | regexMatch('(((a{100}){100}){100}){100}') }}"],
    ["{% macro f() %}{{ render('{{ f() }}') }}{% endmacro %}{{ f() }}"],
    ["{% set t = '{{ render(t) }}{{ render(t) }}' %}{{ render(t) }}"],
    ["{{ '[' * 100000 | fromJson }}"],
    [`{{ '${'['.repeat(20_000)}' | fromJson }}`],
    [`{{ fromIon('${'['.repeat(20_000)}') }}`],
    [`{{ yaml('${'['.repeat(3_000)}') }}`],
    [`{{ digits | jq('input, input_filename, $ENV, env') }}`],
  ])('ends by itself or in an error: %.60s', async (template) => {
    const started = performance.now();
    await limitOf(template);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('takes the limits it is given', async () => {
    expect(await limitOf('{{ 1..11 }}', { rangeSize: 10 })).toBe('limit rangeSize');
    expect(await limitOf('{{ city }}{{ city }}', { outputCharacters: 5 })).toBe(
      'limit outputCharacters',
    );
    expect(await limitOf('{% for i in 1..100 %}{% endfor %}', { steps: 50 })).toBe('limit steps');
  });

  it('stops values that render to each other', async () => {
    const variables = new Map([
      ['a', '{{ b }}'],
      ['b', '{{ a }}'],
    ]);
    expect(await outcome('{{ render(a) }}', { ...scope, variables })).toBe(
      'recursion-limit: Too many rendering attempts',
    );
    expect(await outcome('{{ a }}', { ...scope, variables, recursive: true })).toBe(
      'recursion-limit: Too many rendering attempts',
    );
  });
});
