/**
 * Properties over generated templates: whatever the text, a render gives text or an error of ours,
 * leaves its context alone and stays within its budget; parse, print and parse again gives the same
 * tree. A third of the templates is well formed, a third is soup, a third is made of attacks on other
 * engines. `npm run fuzz` takes a million of each property; BATON_FUZZ_RUNS is the count.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
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
import { escapes } from './escapes.ts';
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

/** Attacks on other engines, cut up and put together anew, with parts of our language between. */
const attack = fc.constantFrom(...escapes);
const attackPieces = escapes.flatMap((text) => text.match(/\w+|\s+|[^\w\s]/g) ?? []);
const mutated = fc.oneof(
  attack,
  fc
    .tuple(attack, fc.nat(), attack, fc.nat())
    .map(([a, from, b, to]) => a.slice(0, from % (a.length + 1)) + b.slice(to % (b.length + 1))),
  fc
    .tuple(attack, fc.nat(), expression)
    .map(([a, at, b]) => a.slice(0, at % a.length) + b + a.slice(at % a.length)),
  fc
    .tuple(attack, fc.constantFrom(...filters))
    .map(([a, name]) => a.replace(/ ?([%}]\})/, ` | ${name} $1`)),
  fc.array(fc.constantFrom(...attackPieces), { maxLength: 30 }).map((parts) => parts.join('')),
  fc
    .array(fc.constantFrom(...attackPieces), { maxLength: 20 })
    .map((parts) => `{{ ${parts.join('')} }}`),
);
const template = fc.oneof(soup, wellFormed, mutated);

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

/** What only this process knows, or only JavaScript says. */
const canary = 'canary-5d1f-in-the-environment';
const host = /canary-5d1f|native code|\[object |node_modules/;

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
    vi.stubEnv('BATON_CANARY', canary);
    const before = writeJson(context);
    const prototypes = [Object, Array, String, Number, Function, Map].map((one) => one.prototype);
    const own = () => prototypes.map((one) => Reflect.ownKeys(one).length).join(' ');
    const asBefore = own();
    let [count, rendered, slowestMs] = [0, 0, 0];
    fc.assert(
      fc.property(template, (source) => {
        const startedAt = performance.now();
        for (const within of dialects) {
          const text = attempt(() => render(source, within));
          attempt(() => renderTyped(source, within));
          if (text !== undefined) {
            rendered += 1;
            if (host.test(text)) throw new Error(`Shows something of this process: ${text}`);
          }
        }
        references(source);
        count += 1;
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        if (writeJson(context) !== before) throw new Error('The context has changed.');
        if (own() !== asBefore) throw new Error('A prototype has changed.');
      }),
      { numRuns },
    );
    vi.unstubAllEnvs();
    const share = Math.round((100 * rendered) / count / dialects.length);
    console.log(`${count} templates, ${share} % rendered, slowest ${Math.round(slowestMs)} ms`);
    // Soup that always fails would show nothing.
    expect(share).toBeGreaterThan(20);
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
