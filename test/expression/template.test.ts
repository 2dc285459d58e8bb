/** Text, tags, scopes and what is undefined, as tables. */
import { describe } from 'vitest';
import { scope, table } from './rendering.ts';

describe('text', () => {
  table(`
    plain }} %} #} { } => plain }} %} #} { }
    a {{- ' b ' -}} c => a b c
    {{-count}} => -7
    {{ {'a': {'b': 1}}}} {{{'a':count}}} {{ '}}' }} => {"a":{"b":1}} {"a":7} }}
    a {# note #}b {#- gone -#} c => a bc
    {{ count }}} => 7}
    {% raw %}{{ x }}{% endraw %} {{ '{% raw %}y{% endraw %}' }} => {{ x }} y
    {% verbatim %} {{ x }} {% endverbatim %}. => {{ x }} .
    one\\ntwo {{ gone }} => ! undefined: Unable to find \`gone\` used in the expression \`one\\ntwo {{ gone }}\` at line 2
  `);
});

describe('literals', () => {
  table(`
    {{ 'a\\\\d' }} {{ "it's" }} {{ 'it\\'s' }} => a\\\\d it's it's
    {{ "a #{count + 1} b" }} {{ "#{digits}" }} {{ "x#{digits}" }} => a 8 b [3,1,2] x[3, 1, 2]
    {{ "\\#{count}" }} {{ "a # b" }} => \\#{count} a # b
    {{ 007 }} {{ 5L }} {{ 2.50 }} => 7 5 2.5
    {{ TRUE }} {{ NONE }}{{ none ?? 'n' }} => true n
    {{ [] }} {{ {} }} {{ {'k': [1, null]} }} => [] {} {"k":[1,null]}
    {{ {1: 'a'} }} {{ ({1: 'a'})[1] }} => {"1":"a"} a
    {{ 1_000 }} => ! syntax: Unexpected token of value "_000"
    {{ 'a' 'b' }} => ! syntax: Unexpected token
    {{ a && b }} => ! syntax: Unexpected character [&]
    {{ [1, 2][0] }} => ! syntax: Unexpected token
  `);
});

describe('access', () => {
  table(`
    {{ person.home['town'] }} {{ person['na' ~ 'me'] }} {{ digits['1'] }} => Metz Ida 1
    {{ person.missing.deep }} => ! undefined: Unable to find \`missing\`
    {{ nothing.x }} => ! undefined: Unable to find \`nothing\`
    {{ person.gone.x }} => ! undefined: Unable to find \`x\`
    {{ digits[5] }} => ! undefined: Unable to find \`5\`
    {{ digits[-1] }} => ! undefined: Unable to find \`-1\`
    {{ city[0] }} => ! undefined: Unable to find \`0\`
    {{ meeting.year }} {{ meeting.hour }} {{ meeting.dayOfWeek }} => 2024 7 MONDAY
  `);
});

describe('tags', () => {
  table(`
    {% if count > 9 %}a{% elseif count > 5 %}b{% else %}c{% endif %} => b
    {% if gone %}a{% endif %} => ! evaluation: Wrong operand(s) type in conditional expression
    {% for d in digits %}{{ loop.index }}{{ d }}{{ loop.last ? '' : ',' }}{% endfor %} => 03,11,22
    {% for e in person.home %}{{ e.key }}={{ e.value }}{% endfor %} => town=Metz
    {% for x in blank %}x{% else %}empty{% endfor %}{% for x in nothing %}x{% else %}y{% endfor %} => empty
    {% for x in city %}x{% endfor %} => ! evaluation: Not an iterable object. Value = [Lyon]
    {% set sum = 0 %}{% for d in digits %}{% set sum = sum + d %}{% endfor %}{{ sum }} => 6
    {% for d in digits %}{% set own = d %}{% endfor %}{{ own ?? 'gone' }} => gone
    {% set count = count + 1 %}{{ count }} => 8
    {{ hi('a') }}{% macro hi(x, y='!') %}[{{ x }}{{ y }}]{% endmacro %}{{ hi(y='?', x=2) }} => [a!][2?]
    {% macro m() %}{{ count }}{% endmacro %}{{ m() }} => ! undefined: Unable to find \`count\`
    {% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }} => ! argument: The argument at position 2
    {{ block('b') }}{% block b %}B{{ count }}{% endblock %}{{ block('x') }} => B7B7
    {% filter upper | replace({'L': 'l'}) %}{{ city }}{% endfilter %} => lYON
    {% import 'x' %} => ! unknown-tag: Unexpected tag name "import"
    {% for i in digits %} => ! syntax: Unexpected end of template
    {% set true = 1 %} => ! syntax: Can not assign a value to true
  `);
});

describe('printing', () => {
  table(`
    {{ 0.0001 }} {{ 0.001 }} {{ 10000000.0 }} {{ 1234567.0 }} => 1.0E-4 0.001 1.0E7 1234567.0
    {{ person }} => {"name":"Ida","age":30,"tags":["x","y"],"home":{"town":"Metz"}}
    {{ meeting }} {{ [meeting] }} => 2024-05-06T07:08:09.500+02:00[Europe/Paris] ["2024-05-06T05:08:09.5Z"]
    {{ 'é/"' | toJson }} {{ nothing | toJson }} => "é/\\"" null
  `);
});

describe('rendering inside a template', () => {
  table(`
    {{ render(nested) }} {{ renderOnce(nested) }} {{ render('{{ count }}') + 1 }} => Lyon Lyon 71
    {% set z = 1 %}{{ render('{{ z }}') }} => 1
    {{ render(['{{ city }}', 1]) }} {{ render({'{{ city }}': 2}) }} => ["Lyon",1] {"Lyon":2}
    {{ render('{{ render(nested) }}') }} => Lyon
  `);
});

describe('recursive rendering', () => {
  table(
    `
    {{ nested }} => Lyon
    {{ render(nested) }} => ! unknown-function: Function or Macro [render] does not exist.
  `,
    { ...scope, recursive: true },
  );
});
