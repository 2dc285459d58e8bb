/**
 * Properties over generated templates: whatever the text, a render gives text or an error of ours,
 * leaves its context alone and stays within its budget; parse, print and parse again gives the same
 * tree. Half of the templates are well formed, half are soup. BATON_FUZZ_RUNS raises the count.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { times } from '../helpers/effort.ts';
import { ExpressionError } from '../../src/expression/error.ts';
import { filterTable } from '../../src/expression/filters/table.ts';
import { functionTable } from '../../src/expression/functions/table.ts';
import { readJson, writeJson } from '../../src/expression/json.ts';
import * as libraries from '../../src/expression/libraries.ts';
import { Pending, settle } from '../../src/expression/pending.ts';
import { parseTemplate } from '../../src/expression/parser.ts';
import { printTemplate } from '../../src/expression/print.ts';
import { references } from '../../src/expression/references.ts';
import { render, renderTyped, type Scope } from '../../src/expression/render.ts';
import { testTable } from '../../src/expression/tests.ts';
import { fromPlain, type Value, type ValueMap } from '../../src/expression/value.ts';
import { context, scope } from './rendering.ts';

const numRuns = Number(process.env['BATON_FUZZ_RUNS'] ?? times(1_000));

const filters = [...filterTable.keys()];
const functions = [...functionTable.keys()];
const tests = [...testTable.keys()];
const operators = '+ - * / % ~ ?? ??? .. == != < <= > >= equals contains isIn and or'.split(' ');

const pieces = [
  ...'{{ }} {% %} {# #} {{- -}} {%- -%} ( ) [ ] { } | ? : , = . \' " #{ \\ \n é 1 2.5 0'.split(' '),
  ...'if else elseif endif for in endfor set macro endmacro block endblock filter endfilter'.split(
    ' ',
  ),
  ...'verbatim endverbatim raw endraw is not defined empty true null count city digits nested'.split(
    ' ',
  ),
  '{% raw %}',
  '{% endraw %}',
  '{% verbatim %}',
  '{% endverbatim %}',
  '"a#{',
  "'x'",
  ' ',
  ...operators,
  ...filters,
  ...functions,
];

const soup = fc
  .tuple(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), fc.constantFrom('', ' '))
  .map(([parts, glue]) => parts.join(glue));

const leaf = fc.constantFrom(
  ...'count ratio city yes no nothing digits blank person person.home nested meeting gone'.split(
    ' ',
  ),
  "'x'",
  '"q"',
  '"i#{count}"',
  ...'1 2.5 0 true null [] {} digits[0]'.split(' '),
);

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression');
  const args = fc.array(inner, { maxLength: 3 }).map((values) => `(${values.join(', ')})`);
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.tuple(inner, fc.constantFrom(...operators), inner).map((parts) => parts.join(' ')),
      fc.tuple(fc.constantFrom('not ', '-', '+'), inner).map((parts) => parts.join('')),
      inner.map((text) => `(${text})`),
      fc.tuple(inner, inner).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(inner, inner).map(([a, b]) => `{${a}: ${b}}`),
      fc.tuple(inner, inner).map(([a, b]) => `(${a})[${b}]`),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc
        .tuple(inner, fc.constantFrom(...filters), args)
        .map(([a, name, b]) => `${a} | ${name}${b}`),
      fc.tuple(inner, fc.constantFrom(...filters)).map(([a, name]) => `${a} | ${name}`),
      fc.tuple(fc.constantFrom(...functions), args).map(([name, b]) => `${name}${b}`),
      fc.tuple(inner, fc.constantFrom(...tests)).map(([a, name]) => `${a} is ${name}`),
    ),
  };
});

const statement = fc.oneof(
  expression.map((a) => `{{ ${a} }}`),
  expression.map((a) => `{% set own = ${a} %}{{ own }}`),
  fc.tuple(expression, expression).map(([a, b]) => `{% if ${a} %}{{ ${b} }}{% else %}n{% endif %}`),
  fc
    .tuple(expression, expression)
    .map(([a, b]) => `{% for i in ${a} %}{{ i }}{{ ${b} }}{% endfor %}`),
  fc
    .tuple(expression, expression)
    .map(([a, b]) => `{% macro m(p=${a}) %}{{ p }}{{ ${b} }}{% endmacro %}`),
  fc.constantFrom(
    'text { %} ',
    '{% raw %}{{ x }}{% endraw %}',
    '{% verbatim %}{{{% endverbatim %}',
  ),
);

const wellFormed = fc.array(statement, { maxLength: 4 }).map((parts) => parts.join(''));
const template = fc.oneof(soup, wellFormed);

// With the libraries in memory no filter stops at asking for one.
beforeAll(async () => {
  for (const load of Object.values(libraries)) await settle<unknown>(load);
});

/** Runs something that may fail in the two allowed ways. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof Pending) return undefined;
    throw error;
  }
}

const limits = { steps: 100_000, outputCharacters: 100_000 };
const dialects: readonly Scope[] = [
  { ...scope, limits },
  { ...scope, limits, dialect: '2.0', recursive: true },
];

function treeOf(source: string): string {
  const { nodes } = parseTemplate(source);
  return JSON.stringify(nodes, (key, value: unknown) => {
    if (key === 'line' || key === 'column') return undefined;
    return typeof value === 'bigint' || typeof value === 'number'
      ? `${typeof value} ${value}`
      : value;
  });
}

describe('any template', () => {
  it('renders or fails with an error of ours, and leaves its context alone', () => {
    const before = writeJson(context);
    fc.assert(
      fc.property(template, (source) => {
        for (const within of dialects) {
          attempt(() => render(source, within));
          attempt(() => renderTyped(source, within));
        }
        references(source);
        expect(writeJson(context)).toBe(before);
      }),
      { numRuns },
    );
  });

  it('is the same tree after printing and parsing again', () => {
    fc.assert(
      fc.property(template, (source) => {
        const parsed = attempt(() => parseTemplate(source));
        if (parsed === undefined) return;
        expect(treeOf(printTemplate(parsed))).toBe(treeOf(source));
      }),
      { numRuns },
    );
  });

  it('reads no variable that its references do not name', () => {
    fc.assert(
      fc.property(template, (source) => {
        const roots = new Set(references(source).map(({ root }) => root));
        const variables = new WatchedMap(context);
        attempt(() => render(source, { ...scope, limits, variables }));
        for (const name of variables.read) {
          expect(roots.has(name) || roots.has('*')).toBe(true);
        }
      }),
      { numRuns },
    );
  });
});

/** Notes which variables are read. */
class WatchedMap extends Map<string, Value> {
  readonly read = new Set<string>();
  readonly #source: ValueMap;

  constructor(source: ValueMap) {
    super();
    this.#source = source;
  }

  override get(name: string): Value | undefined {
    const value = this.#source.get(name);
    if (value !== undefined) this.read.add(name);
    return value;
  }

  override has(name: string): boolean {
    return this.#source.has(name);
  }
}

describe('JSON', () => {
  it('round trips any value', () => {
    const plain = fc.jsonValue();
    fc.assert(
      fc.property(plain, (value) => {
        const written = writeJson(fromPlain(value));
        expect(writeJson(readJson(written))).toBe(written);
      }),
      { numRuns },
    );
  });

  it('reads any text or says where it fails', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'{ } [ ] " , : \\ u 0 1 9 . e E - t f n \n'.split(' ')),
        }),
        (text) => {
          attempt(() => readJson(text));
        },
      ),
      { numRuns },
    );
  });
});
