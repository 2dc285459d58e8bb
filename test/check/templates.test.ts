/** One template at a time: what is reported of it. */
import { describe, expect, test } from 'vitest';
import { logging, wordsOf } from './lines.ts';

const declared = `inputs:
  - {id: city, type: STRING}
  - {id: amount, type: INT}
  - {id: order, type: JSON}
  - {id: note, type: STRING, required: false}
  - {id: a.b, type: STRING}
variables: {base: "http://x", nested: {port: 80, list: [1]}}
labels: {team: blue}
`;

/** Uses every input, so that none is reported as unused. */
const uses = '{{ inputs }}';

async function reported(template: string): Promise<readonly string[]> {
  const text = JSON.stringify(`${uses}${template}`);
  return wordsOf(logging(text, declared));
}

describe('reported', () => {
  test.each([
    // Syntax.
    ['{{ a b }}', 'expression-syntax  Found `b` where `}}` was expected.'],
    ['{{ inputs.city | }}', 'expression-syntax  Found `}}` where a name was expected.'],
    ['{{ inputs. }}', 'expression-syntax  Found `}}` where a name was expected.'],
    ['{{ inputs.amount + }}', 'expression-syntax  Found `}}` where a value was expected.'],
    ['{{ (inputs.city }}', 'expression-syntax  Found `}` while another bracket is open.'],
    ['{{ inputs.city', 'expression-syntax  The text ends where `}}` was expected.'],
    ['{{ "abc }}', 'expression-syntax  The text after " has no end.'],
    ['{% if true %}x', 'expression-syntax  The text ends where the tag `endif` was expected.'],
    ['{% fi true %}', 'unknown-tag  "fi" is not a tag. Did you mean "if"?'],
    ['{% endif %}', 'expression-syntax  `endif` stands here without the tag it belongs to.'],
    // Names.
    ['{{ 1 | uper }}', 'unknown-filter  "uper" is not a filter. Did you mean "upper"?'],
    ['{{ 1 | now }}', 'unknown-filter  "now" is not a filter. Did you mean "now(…)"?'],
    ['{{ nwo() }}', 'unknown-function  "nwo" is not a function. Did you mean "now"?'],
    ['{{ upper(1) }}', 'unknown-function  "upper" is not a function. Did you mean "… | upper"?'],
    ['{{ 1 is emty }}', 'unknown-test  "emty" is not a test. Did you mean "empty"?'],
    [
      '{{ input.city }}',
      'unknown-variable  There is no variable "input" here. Did you mean "inputs"?',
    ],
    [
      '{{ city }}',
      'unknown-variable  There is no variable "city" here. Did you mean "inputs.city"?',
    ],
    [
      '{% filter uper %}x{% endfilter %}',
      'unknown-filter  "uper" is not a filter. Did you mean "upper"?',
    ],
    [
      '{% macro m(a) %}{{ inputs.city }}{% endmacro %}',
      'unknown-variable (warning)  There is no variable "inputs" here.',
    ],
    // Members.
    [
      '{{ inputs.ctiy }}',
      'unknown-input  "ctiy" is not an input of this flow. Did you mean "city"?',
    ],
    [
      '{{ inputs["ctiy"] }}',
      'unknown-input  "ctiy" is not an input of this flow. Did you mean "city"?',
    ],
    ['{{ inputs.a.c }}', 'unknown-input  "a.c" is not an input of this flow. Did you mean "a.b"?'],
    [
      '{{ inputs.city.name }}',
      'no-members  `inputs.city` is text and has no `name`. Text that holds JSON is read with `fromJson()` or `jq`.',
    ],
    ['{{ vars.bse }}', 'unknown-member  `vars` has no `bse`: did you mean `base`?'],
    ['{{ vars.nested.prot }}', 'unknown-member  `vars.nested` has no `prot`: did you mean `port`?'],
    ['{{ vars.nested.list.size }}', 'no-members  `vars.nested.list` is a list and has no `size`.'],
    [
      '{{ labels.x }}',
      'undeclared-label (warning)  The flow sets no label `x`: only who starts it can.',
    ],
    ['{{ trigger.date }}', 'unknown-member  `trigger` has no `date`.'],
    ['{{ flow.revison }}', 'unknown-member  `flow` has no `revison`: did you mean `revision`?'],
    ['{{ execution.foo }}', 'unknown-member  `execution` has no `foo`.'],
    [
      '{{ taskrun.value }}',
      'no-loop-value  `taskrun.value` is only there in a loop, and this task is in none.',
    ],
    ['{{ parent.taskrun.value }}', 'unknown-variable  There is no variable "parent" here.'],
    ['{{ inputs.order.keys() }}', 'unknown-member  `a value` has no `keys()`.'],
    ['{{ outputs.nope }}', 'unknown-task  "nope" is not a task of this flow.'],
    [
      '{{ tasks.lgo.state }}',
      'unknown-task  "lgo" is not a task of this flow. Did you mean "log"?',
    ],
    [
      '{{ outputs.log.x }}',
      'not-run-yet  `log` is this very task, which has no outputs before it has run.',
    ],
    [
      '{{ inputs.nope is null }}',
      'unknown-input  "nope" is not an input of this flow. Did you mean "note"?',
    ],
    // Only perhaps reached.
    [
      '{{ inputs.city == "x" ? ko : 1 }}',
      'unknown-variable (warning)  There is no variable "ko" here.',
    ],
    ['{% if inputs.city %}{{ vars.x }}{% endif %}', 'unknown-member (warning)  `vars` has no `x`.'],
    ['{{ inputs.note ?? vars.x }}', 'unknown-member (warning)  `vars` has no `x`.'],
    // Arguments.
    [
      '{{ inputs.city | upper | abbreviate }}',
      'wrong-arguments  `abbreviate` needs the argument `length`.',
    ],
    [
      '{{ inputs.note | abbreviate }}',
      'wrong-arguments (warning)  `abbreviate` needs the argument `length`.',
    ],
    [
      '{{ inputs.city | abbreviate("3") }}',
      'wrong-arguments  `abbreviate` wants an integer as `length`, not text.',
    ],
    ['{{ inputs.city | default(1, 2) }}', 'wrong-arguments  `default` takes one argument, not 2.'],
    [
      '{{ inputs.city | replace("a") }}',
      'wrong-arguments  `replace` wants a map as `replace_pairs`, not text.',
    ],
    [
      '{{ now(fromat="x") }}',
      'wrong-arguments  `now` has no argument `fromat`: did you mean `format`.',
    ],
    ['{{ randomInt(1) }}', 'wrong-arguments  `randomInt` needs the argument `upper`.'],
    ['{{ fromJson() }}', 'wrong-arguments  `fromJson` needs the argument `json`.'],
    ['{{ kv() }}', 'wrong-arguments  `kv` needs the argument `key`.'],
    [
      '{{ kv("k", errorOnMising=true) }}',
      'wrong-arguments  `kv` has no argument `errorOnMising`: did you mean `errorOnMissing`.',
    ],
    ['{{ kv("k", "n", true, 1) }}', 'wrong-arguments  `kv` takes at most 3 arguments, not 4.'],
    [
      '{% macro m(a) %}x{% endmacro %}{{ m(1, 2) }}',
      'wrong-arguments  `m` takes one argument, not 2.',
    ],
    // Suspicious.
    [
      '{{ inputs.amount == "3" }}',
      'number-with-text (warning)  `==` compares an integer with text: they are never equal and have no order.',
    ],
    [
      '{{ inputs.city > 3 }}',
      'number-with-text (warning)  `>` compares text with an integer: they are never equal and have no order.',
    ],
  ])('%s', async (template, words) => {
    expect(await reported(template)).toEqual([words]);
  });
});

describe('not reported', () => {
  test.each([
    '{{ nope ?? 1 }}',
    '{{ inputs.nope ??? 1 }}',
    '{{ inputs.nope.x | default("a") }}',
    '{{ inputs.nope is defined }}',
    '{{ inputs.nope is not defined ? 1 : inputs.nope.x }}',
    '{{ inputs.nope is defined and inputs.nope.x == 1 }}',
    '{% if vars.x is defined %}{{ vars.x }}{% else %}{{ vars.x.y }}{% endif %}',
    '{% if trigger.x is defined and trigger.x.y == 1 %}{{ trigger.x.y }}{% endif %}',
    '{{ inputs.city ?? inputs.nope }}',
    '{{ inputs.order.anything[0].below }}',
    '{{ inputs[inputs.city] }}',
    '{{ outputs[inputs.city].x }}',
    '{{ vars.nested.list[0] }} {{ vars.nested["port"] }}',
    '{{ labels.team }} {{ labels.system.correlationId }}',
    '{{ envs.anything }} {{ globals.a.b }} {{ locale }}',
    '{{ task.id }} {{ taskrun.id }} {{ taskrun.attemptsCount }} {{ execution.startDate }}',
    '{{ trigger.executionId }}',
    '{% set x = 1 %}{{ x.y }}',
    '{% for item in [1] %}{{ item.a }}{{ loop.index }}{% endfor %}',
    '{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m(1) }} {{ m(a=1) }}',
    '{{ render("{{ nope }}") }}',
    '{{ inputs.amount == 3 }} {{ inputs.city == "3" }} {{ inputs.order == 1 }}',
    '{{ inputs.city | date("yyyy", timeZone="UTC") }}',
    '{{ [1, 2] | merge }} {{ block("x") }}',
    '{{ kv("k").a[0].b ?? kv("k", "n", true) }} {{ kv(inputs.city, errorOnMissing=false) }}',
    '{{ max(1, 2, 3) }} {{ inputs.city | upper(1) }}',
    '{# {{ nope }} #}{% raw %}{{ nope }}{% endraw %}{% verbatim %}{{ nope }}{% endverbatim %}',
    'text with { and } only',
  ])('%s', async (template) => {
    expect(await reported(template)).toEqual([]);
  });
});
