/** Every type of condition as a flow writes it: what it says of one upstream execution or one date. */
import { describe, expect, test } from 'vitest';
import type { State } from '../../src/engine/states.ts';
import { noHost } from '../../src/expression/host.ts';
import { settle } from '../../src/expression/pending.ts';
import { fromPlain, type ValueMap } from '../../src/expression/value.ts';
import { readFlow } from '../../src/flow/read.ts';
import { mayHold } from '../../src/triggers/about-flow.ts';
import { allHold, type ConditionContext } from '../../src/triggers/conditions.ts';

const conditionsIn = async (type: string, source: string) => {
  const { flow, issues } = await readFlow(`
id: f
namespace: n
tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: m}]
triggers:
- id: t
  type: io.kestra.plugin.core.trigger.${type}
  conditions:
  - ${source}
`);
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return flow?.triggers?.[0]?.conditions ?? [];
};

const condition = (name: string, properties = ''): string =>
  `{type: io.kestra.plugin.core.condition.${name}${properties === '' ? '' : `, ${properties}`}}`;

const variables = fromPlain({
  // A Wednesday, the first of its month.
  trigger: { date: '2026-07-01T10:30:00+02:00', outputs: { rows: 3 } },
  labels: { team: 'a' },
}) as ValueMap;
const scope = { variables, host: noHost };

const context: ConditionContext = {
  scope,
  cause: {
    namespace: 'company.team.data',
    flowId: 'extract',
    state: 'WARNING',
    labels: { team: 'a', 'system.from': 'api' },
    hasOutputs: true,
    retried: (): readonly State[] => ['FAILED', 'SUCCESS'],
  },
};

const flowRows: readonly (readonly [string, boolean])[] = [
  [condition('ExecutionFlow', 'namespace: company.team.data, flowId: extract'), true],
  [condition('ExecutionFlowCondition', 'namespace: company.team.data, flowId: extract'), true],
  [condition('ExecutionFlow', 'namespace: company.team, flowId: extract'), false],
  [condition('ExecutionNamespace', 'namespace: company.team.data'), true],
  [condition('ExecutionNamespace', 'namespace: company'), false],
  [condition('ExecutionNamespace', 'namespace: company, prefix: true'), true],
  [condition('ExecutionNamespace', 'namespace: company, comparison: PREFIX'), true],
  [condition('ExecutionNamespace', 'namespace: .data, comparison: suffix'), true],
  [condition('ExecutionStatus', 'in: [SUCCESS, WARNING]'), true],
  [condition('ExecutionStatus', 'in: [SUCCESS]'), false],
  [condition('ExecutionStatus', 'notIn: [WARNING]'), false],
  [condition('ExecutionStatus', 'notIn: [FAILED]'), true],
  [condition('HasRetryAttempt', 'in: [FAILED]'), true],
  [condition('HasRetryAttempt', 'in: [KILLED]'), false],
  [condition('HasRetryAttempt', 'notIn: [FAILED, SUCCESS]'), false],
  [condition('ExecutionLabels', 'labels: {team: a}'), true],
  [condition('ExecutionLabels', 'labels: [{key: team, value: a}, {key: other, value: 1}]'), false],
  [condition('ExecutionOutputs', 'expression: "{{ trigger.outputs.rows > 2 }}"'), true],
  [condition('ExecutionOutputs', 'expression: "{{ trigger.outputs.rows > 3 }}"'), false],
  [condition('Expression', `expression: "{{ labels.team == 'a' }}"`), true],
  [condition('ExpressionCondition', 'expression: "{{ labels.other ?? 0 }}"'), false],
  [condition('Not', `conditions: [${condition('ExecutionStatus', 'in: [FAILED]')}]`), true],
  [
    condition(
      'Or',
      `conditions: [${condition('ExecutionStatus', 'in: [FAILED]')}, ${condition('Weekend')}]`,
    ),
    false,
  ],
  [
    condition(
      'Or',
      `conditions: [${condition('Weekend')}, ${condition('ExecutionStatus', 'in: [WARNING]')}]`,
    ),
    true,
  ],
];

const dateRows: readonly (readonly [string, boolean])[] = [
  [condition('Weekend'), false],
  [condition('WeekendCondition', 'date: "2026-07-04T10:00:00Z"'), true],
  [condition('DayWeek', 'dayOfWeek: WEDNESDAY'), true],
  [condition('DayWeek', 'dayOfWeek: monday'), false],
  [condition('DayWeekInMonth', 'dayOfWeek: WEDNESDAY, dayInMonth: FIRST'), true],
  [condition('DayWeekInMonth', 'dayOfWeek: WEDNESDAY, dayInMonth: LAST'), false],
  [condition('DateTimeBetween', 'after: "2026-07-01T10:29:00+02:00"'), true],
  [condition('DateTimeBetween', 'after: "2026-07-01T10:30:00+02:00"'), false],
  [condition('DateTimeBetween', 'before: "2026-07-01T08:31:00Z"'), true],
  [
    condition(
      'DateTimeBetween',
      'after: "2026-06-01T00:00:00Z", before: "{{ trigger.date | dateAdd(1, \'DAYS\') }}"',
    ),
    true,
  ],
  [condition('TimeBetween', 'after: "10:00:00+02:00", before: "11:00:00+02:00"'), true],
  [condition('TimeBetween', 'after: "10:00:00Z"'), false],
];

describe('about an execution', () => {
  test.each(flowRows)('%s', async (source, expected) => {
    const conditions = await conditionsIn('Flow', source);
    expect(await settle(() => allHold(conditions, context))).toBe(expected);
  });
  test.each(flowRows)('told by the flow alone: %s', async (source, expected) => {
    const isAboutFlow = /condition\.Execution(Flow|Namespace)/.test(source);
    const conditions = await conditionsIn('Flow', source);
    const of = { namespace: 'company.team.data', flowId: 'extract' };
    expect(mayHold(conditions, of)).toBe(isAboutFlow ? expected : true);
  });
  test.each(flowRows.filter(([source]) => source.includes('.Execution')))(
    'without one: %s',
    async (source) => {
      const conditions = await conditionsIn('Flow', source);
      // Not and Or look at what is inside them.
      if (/condition\.(Not|Or|Expression)/.test(source)) return;
      expect(await settle(() => allHold(conditions, { scope }))).toBe(false);
    },
  );
});

describe('about a date', () => {
  test.each(dateRows)('%s', async (source, expected) => {
    const conditions = await conditionsIn('Schedule\n  cron: "* * * * *"', source);
    expect(await settle(() => allHold(conditions, { scope }))).toBe(expected);
  });
});

describe('filters of preconditions', () => {
  const rows: readonly (readonly [filter: string, expected: boolean])[] = [
    ['{field: FLOW_ID, type: EQUAL_TO, value: extract}', true],
    ['{field: FLOW_ID, type: NOT_EQUAL_TO, value: extract}', false],
    ['{field: FLOW_ID, type: IN, values: [load, extract]}', true],
    ['{field: FLOW_ID, type: NOT_IN, values: [load]}', true],
    ['{field: NAMESPACE, type: STARTS_WITH, value: company}', true],
    ['{field: NAMESPACE, type: ENDS_WITH, value: team}', false],
    ['{field: NAMESPACE, type: CONTAINS, value: .team.}', true],
    ['{field: NAMESPACE, type: REGEX, value: "company[.].*"}', true],
    ['{field: NAMESPACE, type: REGEX, value: company}', false],
    ['{field: STATE, type: EQUAL_TO, value: WARNING}', true],
    [`{field: EXPRESSION, type: IS_TRUE, value: "{{ labels.team == 'a' }}"}`, true],
    [`{field: EXPRESSION, type: IS_FALSE, value: "{{ labels.team == 'a' }}"}`, false],
    ['{field: EXPRESSION, type: IS_NULL, value: "{{ labels.other ?? null }}"}', true],
    ['{field: EXPRESSION, type: IS_NOT_NULL, value: "{{ labels.team }}"}', true],
  ];
  const holdsFor = async (operand: string, filters: readonly string[]): Promise<boolean> => {
    const where = filters.join(', ');
    const { flow, issues } = await readFlow(`
id: f
namespace: n
tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: m}]
triggers:
- id: t
  type: io.kestra.plugin.core.trigger.Flow
  preconditions: {id: p, where: [{id: w, operand: ${operand}, filters: [${where}]}]}
`);
    expect(issues).toEqual([]);
    const [trigger] = flow?.triggers ?? [];
    const of = trigger && 'dependencies' in trigger ? (trigger.dependencies?.of ?? []) : [];
    expect(of).toHaveLength(1);
    return settle(() => allHold(of[0]?.conditions ?? [], context));
  };
  test.each(rows)('%s', async (filter, expected) => {
    expect(await holdsFor('AND', [filter])).toBe(expected);
  });
  test('all of them, or one', async () => {
    const [yes = '', no = ''] = rows.map(([filter]) => filter);
    expect(await holdsFor('AND', [yes, no])).toBe(false);
    expect(await holdsFor('OR', [yes, no])).toBe(true);
  });
});
