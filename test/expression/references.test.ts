/** What a template may read. Naming too much is allowed, naming too little is not. */
import { describe, expect, it } from 'vitest';
import { references } from '../../src/expression/references.ts';

/** References in short: `outputs.a.*` for a path that ends in any key. */
function short(template: string): string[] {
  const found = references(template).map(({ root, path }) =>
    [root, ...path.map((key) => key ?? '*')].join('.'),
  );
  return [...new Set(found)].sort();
}

describe('certain references', () => {
  it.each([
    ['{{ outputs.a.b }}', ['outputs.a.b']],
    ["{{ outputs['a-b'].c[0] }}", ['outputs.a-b.c.0']],
    ['{{ inputs.x ?? vars.y | default(labels.z) }}', ['inputs.x', 'labels.z', 'vars.y']],
    ['{% if a.b is defined and not c %}{{ d }}{% endif %}', ['a.b', 'c', 'd']],
    ['{{ "x#{a.b}" ~ {k: [v]} }}', ['a.b', 'k', 'v']],
    ['{{ x ? a.b : c.d }}', ['a.b', 'c.d', 'x']],
    ['{{ (a.b).c }}', ['a.b.c']],
    ['{% filter replace({x.y: "z"}) %}{{ a }}{% endfilter %}', ['a', 'x.y']],
    ['plain', []],
    ['{% raw %}{{ a }}{% endraw %}', []],
    ['{{ broken', []],
  ])('%s', (template, expected) => {
    expect(short(template)).toEqual(expected);
  });
});

describe('uncertain references', () => {
  it.each([
    ['{{ outputs[x] }}', ['outputs.*', 'x']],
    ['{{ outputs.a[x].b }}', ['outputs.a.*', 'x']],
    ['{{ outputs }}', ['outputs']],
    ['{{ outputs | keys }}', ['outputs']],
    ['{{ render(vars.x) }}', ['*', 'vars.x']],
    ["{{ render('{{ a }}') }}", ['*', 'a']],
    ["{{ render('text') }}", []],
    ["{{ renderOnce('{{ a.b }}') }}", ['a.b']],
    ['{{ renderOnce(vars.x) }}', ['*', 'vars.x']],
    ['{{ printContext().a }}', ['*']],
    ['{{ fetchContext() }}', ['*']],
    ['{{ currentEachOutput(outputs.x).v }}', ['outputs.x', 'parents', 'taskrun']],
    ["{{ tasksWithState('FAILED') }}", ['tasks']],
    ['{{ iterationOutput() }}', ['outputs', 'parents', 'taskrun']],
    ['{% macro m(a) %}{{ render(a) }}{% endmacro %}', ['*']],
  ])('%s', (template, expected) => {
    expect(short(template)).toEqual(expected);
  });
});

describe('local names', () => {
  it.each([
    ['{% set o = outputs %}{{ o.a }}', ['outputs']],
    ['{% set o = outputs.a %}{{ o.b }}', ['outputs.a']],
    ['{% for i in inputs.list %}{{ i.name }}{{ loop.index }}{% endfor %}', ['inputs.list']],
    ['{% for i in a %}{% endfor %}{{ i }}{{ loop }}', ['a', 'i', 'loop']],
    ['{% if c %}{% set x = 1 %}{% endif %}{{ x }}', ['c', 'x']],
    ['{{ x }}{% set x = 1 %}{{ x }}', ['x']],
    ['{% macro m(a, b=c.d) %}{{ a }}{{ b }}{% endmacro %}{{ m(e) }}', ['c.d', 'e']],
    ['{% set x = 1 %}{% block b %}{{ x }}{% endblock %}', ['x']],
    ['{% for i in a %}{{ x }}{% set x = i %}{% endfor %}', ['a', 'x']],
  ])('%s', (template, expected) => {
    expect(short(template)).toEqual(expected);
  });
});

it('says where a reference stands', () => {
  expect(references('a\n  {{ x.y }}')).toEqual([{ root: 'x', path: ['y'], line: 2, column: 6 }]);
});
