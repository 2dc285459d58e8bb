/** Writing trees as templates again: brackets only where they are needed, text that stays text. */
import { expect, it } from 'vitest';
import { parseTemplate } from '../../src/expression/parser.ts';
import { printExpression, printTemplate } from '../../src/expression/print.ts';

it.each([
  ['{{(1+2)*3}}', '{{ (1 + 2) * 3 }}'],
  ['{{1+(2*3)}}', '{{ 1 + 2 * 3 }}'],
  ['{{a-(b-c)}}', '{{ a - (b - c) }}'],
  ["{{ (x|split(','))[0].y }}", "{{ (x | split(','))[0].y }}"],
  ['{{ not(a and b) ? c:d }}', '{{ not (a and b) ? c : d }}'],
  ["{{ 'it\\'s' }}", "{{ 'it\\'s' }}"],
  ['{{ "a#{b}c" }}', '{{ "a#{b}c" }}'],
  ['{# c #}{% if a %}b{% elseif c %}d{% endif %}', '{% if a %}b{% elseif c %}d{% endif %}'],
  ['{% macro m(a,b=1) %}{% endmacro %}', '{% macro m(a, b=1) %}{% endmacro %}'],
  ['{% verbatim %}{{ x }}{% endverbatim %}', '{% verbatim %}{{% endverbatim %}{ x }}'],
  ['{{ x | f(1, b=2) is not t }}', '{{ x | f(1, b=2) is not t }}'],
])('%s', (source, expected) => {
  expect(printTemplate(parseTemplate(source))).toBe(expected);
});

it('writes a part of a template', () => {
  const [node] = parseTemplate('{{ a.b | upper }}').nodes;
  expect(node?.type === 'print' && printExpression(node.expression)).toBe('a.b | upper');
});
