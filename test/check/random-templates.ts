/** Random templates over a small world: right and wrong names, guarded and bare. */
import fc from 'fast-check';

const atoms = [
  'inputs.s',
  'inputs.i',
  'inputs.j',
  'inputs.j.k',
  'inputs.optional',
  'inputs.nope',
  'inputs.s.x',
  'inputs[inputs.s]',
  'inputs',
  'vars.a',
  'vars.b.c',
  'vars.b.l[0]',
  'vars.b.l[9]',
  "vars['a']",
  'vars.nope',
  'vars.b.nope',
  'labels.team',
  'labels.nope',
  'labels.system.correlationId',
  'trigger.x',
  'trigger.executionId',
  'flow.id',
  'flow.nope',
  'execution.id',
  'execution.startDate',
  'taskrun.value',
  'taskrun.attemptsCount',
  'task.id',
  'parents',
  'parent.taskrun.value',
  'envs.x',
  'globals.x',
  'locale',
  'nope',
  'outputs.nope.x',
  'outputs.first.value',
  'outputs.first.valu',
  'outputs.first.value.x',
  'outputs',
  'tasks.nope',
  'tasks.first.state',
  '1',
  '2.5',
  "'text'",
  '"3"',
  '"#{inputs.s} #{nope}"',
  'null',
  'true',
  '[1, 2]',
  '{"a": 1}',
  'now()',
  'nwo()',
  'max(1, 2)',
  'randomInt(1, 5)',
  'randomInt(1)',
  'randomInt(1, 5, 7)',
  'fromJson(\'{"a": 1}\')',
  'range(1, 3)',
  'm(1)',
  'm(1, 2)',
  'x',
  'loop.index',
];

const filters = [
  'upper',
  'uper',
  'length',
  'first',
  "default('d')",
  'default',
  'abbreviate(5)',
  "abbreviate('5')",
  'abbreviate',
  'json',
  "split(',')",
  "join('-')",
  'chunk(1)',
  'chunk',
  'keys',
  "replace({'a': 'b'})",
  "replace('a')",
  'merge([1])',
  'merge',
  'slice(0, 1)',
  'number',
  "indent(2, prefix='-')",
  "indent(2, nope='-')",
  'upper(1, 2)',
];
const tests = ['defined', 'empty', 'null', 'even', 'map', 'emty', 'iterable', 'not defined'];
const operators = '?? ??? and or == != < >= + - * / ~ contains isIn ..'.split(' ');

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression');
  return {
    expression: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: fc.constantFrom(...atoms) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(inner, fc.constantFrom(...operators), inner)
          .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(inner, fc.constantFrom(...filters))
          .map(([target, filter]) => `(${target}) | ${filter}`),
      },
      fc
        .tuple(inner, fc.constantFrom(...tests))
        .map(([target, test]) => `((${target}) is ${test})`),
      fc
        .tuple(inner, inner, inner)
        .map(([condition, yes, no]) => `(${condition} ? ${yes} : ${no})`),
      fc.tuple(inner, inner).map(([target, key]) => `(${target})[${key}]`),
      inner.map((target) => `(${target}).k`),
      fc.tuple(inner, inner).map(([a, b]) => `[${a}, ${b}]`),
      inner.map((operand) => `(not ${operand})`),
    ),
  };
});

const print = expression.map((text) => `{{ ${text} }}`);

export const randomTemplate: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: print },
  fc
    .tuple(expression, print, print)
    .map(([e, a, b]) => `{% if ${e} %}${a}{% else %}${b}{% endif %}`),
  fc.tuple(expression, print).map(([e, a]) => `{% for x in ${e} %}${a}{% endfor %}`),
  fc.tuple(expression, print).map(([e, a]) => `{% set x = ${e} %}${a}`),
  fc.tuple(print, print).map(([a, b]) => `{% macro m(x) %}${a}{% endmacro %}${b}`),
  fc.tuple(print, print).map(([a, b]) => `${a} and ${b}`),
);
