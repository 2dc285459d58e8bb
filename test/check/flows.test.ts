/** Tasks among each other: which outputs can be there, and how they are addressed. */
import { describe, expect, test } from 'vitest';
import { flowOf, give, group, wordsOf } from './lines.ts';

const loop = (
  id: string,
  tasks: readonly string[],
  values = '"{{ outputs.list.value }}"',
): string => group('ForEach', id, tasks, `, values: ${values}`);
const list = give('list', '["x"]');
const request = '{id: fetch, type: io.kestra.plugin.core.http.Request, uri: "http://x"}';

interface Row {
  readonly title: string;
  readonly tasks: readonly string[];
  readonly more?: string;
  readonly words: readonly string[];
}

const rows: readonly Row[] = [
  {
    title: 'a task that ran',
    tasks: [give('a'), give('b', '{{ outputs.a.value }}')],
    words: [],
  },
  {
    title: 'the message of the example',
    tasks: [
      '{id: extract_data, type: io.kestra.plugin.aws.dynamodb.GetItem, tableName: t, key: {id: 1}}',
      give('b', '{{ outputs.extract_data.rows }}'),
    ],
    words: ['unknown-output  `extract_data` has no output `rows`: did you mean `row`?'],
  },
  {
    title: 'the number of a round',
    tasks: [
      group('LoopUntil', 'until', [give('a', '{{ taskrun.iteration }}')], ', condition: "true"'),
      group('Parallel', 'beside', [give('b', '{{ taskrun.iteration }}')]),
    ],
    words: [
      'no-loop-value  `taskrun.iteration` is only there in a loop, and this task is in none.',
    ],
  },
  {
    title: 'JSON text taken for a map',
    tasks: [request, give('b', '{{ outputs.fetch.body.id }} {{ outputs.fetch.headers.x }}')],
    words: [
      'no-members  `outputs.fetch.body` is text and has no `id`. Text that holds JSON is read with `fromJson()` or `jq`.',
    ],
  },
  {
    title: 'a task that runs later',
    tasks: [give('a', '{{ outputs.b.value }}'), give('b')],
    words: ['not-run-yet  `b` runs later, so it has no outputs yet.'],
  },
  {
    title: 'checks see inputs, and nothing that has run',
    tasks: [give('a')],
    more: 'inputs: [{id: n, type: INT, defaults: 1}]\nchecks: [{when: "{{ inputs.m == outputs.a.value }}", message: m}]',
    words: [
      'unused-input (warning)  The input `n` is never used.',
      'unknown-input  "m" is not an input of this flow. Did you mean "n"?',
      'unknown-variable  There is no variable "outputs" here.',
    ],
  },
  {
    title: 'an assertion of an SLA sees what may have run',
    tasks: [give('a')],
    more: 'sla: [{id: s, type: EXECUTION_ASSERTION, behavior: NONE, assert: "{{ outputs.a.value ~ outputs.b.value }}"}]',
    words: ['unknown-task  "b" is not a task of this flow. Did you mean "a"?'],
  },
  {
    title: 'what runs after the end sees all that has run',
    tasks: [give('a')],
    more: 'afterExecution: [{id: z, type: io.kestra.plugin.core.log.Log, message: "{{ outputs.a.value }} {{ execution.state }}"}]',
    words: [],
  },
  {
    title: 'a task that is disabled',
    tasks: [give('a', 'x', ', disabled: true'), give('b', '{{ outputs.a.value }}')],
    words: ['disabled-task  `a` is disabled, so it has no outputs.'],
  },
  {
    title: 'out of groups and into them',
    tasks: [
      group('Sequential', 's', [give('a'), give('b', '{{ outputs.a.value }}')]),
      give('c', '{{ outputs.a.value }} {{ outputs.d.value }}'),
      group('Sequential', 't', [give('d', '{{ outputs.b.value }}')]),
    ],
    words: ['not-run-yet  `d` runs later, so it has no outputs yet.'],
  },
  {
    title: 'a task inside the reader',
    tasks: [list, loop('each', [give('a')], '"{{ outputs.a.value }}"')],
    words: ['not-run-yet  `a` runs inside this task, so it has no outputs yet.'],
  },
  {
    title: 'side by side',
    tasks: [
      group('Parallel', 'p', [
        give('a'),
        give('b', '{{ outputs.a.value }}'),
        group('Sequential', 's', [
          give('c'),
          give('d', '{{ outputs.a.value }} {{ outputs.c.value }}'),
        ]),
      ]),
      give('e', '{{ outputs.a.value }}'),
    ],
    words: [
      'not-run-yet  `a` starts at the same time, so it has no outputs yet.',
      'not-run-yet (warning)  `a` runs side by side with this and may not have ended.',
    ],
  },
  {
    title: 'side by side, one at a time',
    tasks: [
      group(
        'Parallel',
        'p',
        [give('a', '{{ outputs.b.value }}'), give('b', '{{ outputs.a.value }}')],
        ', concurrent: 1',
      ),
    ],
    words: ['not-run-yet  `b` runs later, so it has no outputs yet.'],
  },
  {
    title: 'side by side, tried again',
    tasks: [
      group('Parallel', 'p', [
        give('a'),
        give(
          'b',
          '{{ outputs.a.value }}',
          ', retry: {type: constant, interval: PT1S, maxAttempts: 3}',
        ),
      ]),
    ],
    words: ['not-run-yet (warning)  `a` runs side by side with this and may not have ended.'],
  },
  {
    title: 'in a graph',
    tasks: [
      `{id: dag, type: io.kestra.plugin.core.flow.Dag, tasks: [${[
        `{task: ${give('a', '{{ outputs.c.value }}')}}`,
        `{task: ${give('b')}, dependsOn: [a]}`,
        `{task: ${give('c', '{{ outputs.a.value }} {{ outputs.d.value }}')}, dependsOn: [b]}`,
        `{task: ${give('d')}}`,
      ].join(', ')}]}`,
    ],
    words: [
      'not-run-yet  `c` runs later, so it has no outputs yet.',
      'not-run-yet (warning)  `d` runs side by side with this and may not have ended.',
    ],
  },
  {
    title: 'in a loop with its tasks side by side',
    tasks: [
      `{id: each, type: io.kestra.plugin.core.flow.EachParallel, value: "{{ ['x'] }}", tasks: [${give('a', '{{ taskrun.value }}')}, ${give('b', '{{ outputs.a[taskrun.value].value }} {{ outputs.a.value }}')}]}`,
      give('c', '{{ outputs.a.x.value }}'),
    ],
    words: [
      'not-run-yet (warning)  `a` runs side by side with this and may not have ended.',
      'loop-value-missing  `a` runs once for each value of `each`: write `outputs.a[taskrun.value].value`.',
    ],
  },
  {
    title: 'in a loop, by its value',
    tasks: [
      list,
      loop('each', [
        give('a', '{{ taskrun.value }} {{ taskrun.iteration }}'),
        give('b', '{{ outputs.a[taskrun.value].value }} {{ outputs.a.value }}'),
      ]),
      give(
        'c',
        '{{ outputs.a.value }} {{ outputs.a["x"].value }} {{ outputs.a.value.value }} {{ outputs.a.x.valu }}',
      ),
    ],
    words: [
      'loop-value-missing  `a` runs once for each value of `each`: write `outputs.a[taskrun.value].value`.',
      'loop-value-missing  `a` runs once for each value of `each`: write `outputs.a[…].value`, with one of the values in the brackets.',
      'unknown-output  `a` has no output `valu`: did you mean `value`?',
    ],
  },
  {
    title: 'in a loop over values that the flow says',
    tasks: [
      loop('each', [give('a', '{{ taskrun.value }}')], '[value, berlin]'),
      give(
        'b',
        '{{ outputs.a.value.value }} {{ outputs.a.berlin.value }} {{ outputs.a.berln.value }}',
      ),
    ],
    words: ['unknown-member  `outputs.a` has no `berln`: did you mean `berlin`?'],
  },
  {
    title: 'later in the same round, and in another',
    tasks: [
      list,
      loop('each', [
        give(
          'a',
          '{{ outputs.b[taskrun.value].value }} {{ outputs.b["x"].value }} {{ outputs.a[taskrun.value].value }}',
        ),
        give('b'),
      ]),
    ],
    words: [
      'not-run-yet  `b` runs later, so it has no outputs yet.',
      'not-run-yet  `a` is this very task, which has no outputs before it has run.',
    ],
  },
  {
    title: 'loops in loops, and a group in a loop',
    tasks: [
      list,
      loop('outer', [
        loop('inner', [give('a', '{{ parent.taskrun.value }} {{ taskrun.value }}')]),
        group('Sequential', 's', [give('b', '{{ taskrun.value }} {{ parent.taskrun.value }}')]),
      ]),
      give(
        'c',
        '{{ outputs.a["1"]["2"].value }} {{ outputs.a["1"].value }} {{ outputs.b["1"].value }}',
      ),
    ],
    words: [
      'no-loop-value  `taskrun.value` is only there directly below a loop. Did you mean `parent.taskrun.value`?',
      'loop-value-missing  `a` runs once for each value of `inner`: write `outputs.a[…].value`, with one of the values in the brackets.',
    ],
  },
  {
    title: 'errors and finally',
    tasks: [
      give('a', '{{ outputs.alert.value }} {{ outputs.clean.value }}'),
      group(
        'Sequential',
        's',
        [give('b')],
        `, errors: [${give('local', '{{ outputs.b.value }}')}]`,
      ),
      give('c', '{{ outputs.local.value }}'),
    ],
    more: `errors: [${give('alert', '{{ outputs.c.value }} {{ outputs.clean.value }}')}]\nfinally: [${give('clean', '{{ outputs.alert.value }} {{ outputs.local.value }}')}]`,
    words: [
      'not-run-yet  `clean` runs later, so it has no outputs yet.',
      'not-run-yet  `alert` only runs after a failure, and then this does not run.',
      'not-run-yet  `clean` runs later, so it has no outputs yet.',
      'not-run-yet  `local` only runs after a failure, and then this does not run.',
    ],
  },
  {
    title: 'one branch or another',
    tasks: [
      `{id: if, type: io.kestra.plugin.core.flow.If, condition: "{{ flow.id }}", then: [${give('a', '{{ outputs.if.evaluationResult }} {{ outputs.if.x }}')}], else: [${give('b', '{{ outputs.a.value }}')}]}`,
      `{id: switch, type: io.kestra.plugin.core.flow.Switch, value: "{{ flow.id }}", cases: {x: [${give('c', '{{ outputs.d.value }}')}], y: [${give('d')}]}}`,
      give('e', '{{ outputs.a.value }} {{ outputs.b.value }} {{ outputs.c.valu }}'),
    ],
    words: [
      'unknown-output  `if` has no output `x`.',
      'not-run-yet  `a` is in another branch, and only one of them runs.',
      'not-run-yet  `d` is in another branch, and only one of them runs.',
      'unknown-output  `c` has no output `valu`: did you mean `value`?',
    ],
  },
  {
    title: 'after a failure that is allowed',
    tasks: [
      group('Sequential', 's', [give('b')], `, allowFailure: true, errors: [${give('local')}]`),
      give('c', '{{ outputs.local.value }}'),
    ],
    words: [],
  },
  {
    title: 'a task that may fail',
    tasks: [give('a', '{{ nope }}', ', allowFailure: true')],
    words: ['unknown-variable (warning)  There is no variable "nope" here.'],
  },
  {
    title: 'asked for before it runs',
    tasks: [
      give('a', '{{ vars.x.y }}', ', runIf: "{{ vars.x is defined }}"'),
      group('Sequential', 's', [give('b', '{{ vars.x }}')], ', runIf: "{{ vars.x is defined }}"'),
    ],
    words: [],
  },
  {
    title: 'tasks without outputs',
    tasks: [
      '{id: log, type: io.kestra.plugin.core.log.Log, message: x}',
      group('Parallel', 'p', [give('b')]),
      give('c', '{{ outputs.log }} {{ outputs.p.x }} {{ outputs }}'),
    ],
    words: ['unknown-output  `log` has no outputs.', 'unknown-output  `p` has no outputs.'],
  },
  {
    title: 'values that a task was given',
    tasks: [
      '{id: v, type: io.kestra.plugin.core.output.OutputValues, values: {used: 1, idle: 2}}',
      give('c', '{{ outputs.v["values"].used }} {{ outputs.v["values"].usde }}'),
    ],
    words: [
      'unused-output (warning)  The output `idle` of `v` is never used.',
      'unknown-member  `outputs.v.values` has no `usde`: did you mean `used`?',
    ],
  },
  {
    title: 'conditions that always hold',
    tasks: [
      give('a', 'x', ', runIf: "{{ flow.id }} == 1"'),
      give('b', 'x', ', runIf: "flow.id"'),
      give('c', 'x', ', runIf: " {{ flow.id }}\\n"'),
      give('d', 'x', ', runIf: "{{ flow.id }}0"'),
      '{id: e, type: io.kestra.plugin.core.execution.Fail, condition: "not {{ flow.id }}"}',
      '{id: g, type: io.kestra.plugin.core.execution.Fail, condition: "{{ flow.id }} "}',
      '{id: h, type: io.kestra.plugin.core.execution.Fail, condition: "{{ flow.id }}"}',
    ],
    words: [
      'always-true (warning)  `runIf` is always true, because of the text `== 1` outside `{{ … }}`.',
      'always-true (warning)  `runIf` is always true, because of the text `flow.id` outside `{{ … }}`.',
      'always-true (warning)  `condition` is always true, because of the text `not` outside `{{ … }}`.',
      'always-true (warning)  `condition` is always true, because of the white space outside `{{ … }}`.',
    ],
  },
  {
    title: 'inputs and outputs of the flow',
    tasks: [give('a', '{{ inputs.used }}')],
    more: `inputs:
  - {id: used, type: STRING, defaults: "{{ inputs.seen }} {{ inputs.hidden }} {{ vars.x }}", dependsOn: {inputs: [seen]}}
  - {id: seen, type: STRING, defaults: "{{ flow.id }} {{ now() }}"}
  - {id: hidden, type: STRING}
  - {id: idle, type: STRING}
outputs:
  - {id: o, type: STRING, value: "{{ outputs.a.value }} {{ outputs.b.value }} {{ task.id }}"}`,
    words: [
      'hidden-input  `inputs.hidden` is only known here when `dependsOn.inputs` names it.',
      'unknown-variable  There is no variable "vars" here.',
      'unused-input (warning)  The input `idle` is never used.',
      'unknown-task  "b" is not a task of this flow. Did you mean "a"?',
      'unknown-variable  There is no variable "task" here. Did you mean "tasks"?',
    ],
  },
  {
    title: 'what triggers bring, and their own expressions',
    tasks: [give('a', '{{ trigger.date }} {{ trigger.executionId }} {{ trigger.bdy }}')],
    more: `triggers:
  - {id: s, type: io.kestra.plugin.core.trigger.Schedule, cron: "* * * * *", when: "isWeekend(trigger.date)", inputs: {x: "{{ trigger.dat }}"}}
  - {id: w, type: io.kestra.plugin.core.trigger.Webhook, key: "{{ secrt('K') }}", labels: {a: "{{ outputs.a.value }}"}}
  - id: f
    type: io.kestra.plugin.core.trigger.Flow
    inputs: {x: "{{ outputs.anything.value }} {{ trigger.outputs.x }} {{ taskrun.id }}"}
    conditions: [{type: io.kestra.plugin.core.condition.Expression, expression: "{{ labels.x | nofilter }}"}]`,
    words: [
      'no-effect (warning)  `Schedule` has no effect here: no flow is started by the clock yet.',
      'always-true (warning)  `when` is always true, because of the text `isWeekend(trigger.date)` outside `{{ … }}`.',
      'unknown-member  `trigger` has no `dat`: did you mean `date`?',
      'unknown-function  "secrt" is not a function. Did you mean "secret"?',
      'unknown-variable  There is no variable "outputs" here.',
      'unknown-variable  There is no variable "taskrun" here.',
      'unknown-filter  "nofilter" is not a filter.',
      'unknown-member  `trigger` has no `bdy`: did you mean `body`?',
    ],
  },
  {
    title: 'disabled triggers may bring anything',
    tasks: [give('a', '{{ trigger.anything }}')],
    more: 'triggers: [{id: t, type: io.kestra.plugin.core.trigger.Webhook, key: k, disabled: true}]',
    words: [],
  },
];

describe('flows', () => {
  test.each(rows)('$title', async ({ tasks, more, words }) => {
    expect(await wordsOf(flowOf(tasks, more))).toEqual(words);
  });
});
