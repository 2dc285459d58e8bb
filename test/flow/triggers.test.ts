/** Triggers: what a wrong one is told, and what a right one compiles to. */
import { describe, expect, test } from 'vitest';
import { readFlow } from '../../src/flow/read.ts';
import { linesOf } from './lines.ts';

const head = `id: f
namespace: n
tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: m}]
triggers:
`;
const trigger = (type: string, properties: string): string =>
  `${head}- id: t\n  type: io.kestra.plugin.core.trigger.${type}\n${properties.replace(/^\n/, '')}`;

const rows: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'no list',
    head.replace('triggers:\n', 'triggers: {a: b}\n'),
    ['4:11  wrong-type  Expected a list, found a map.'],
  ],
  [
    'neither id nor type',
    `${head}- {}`,
    [
      '5:3  missing-property  A trigger needs the property "id".',
      '5:3  missing-property  A trigger needs the property "type".',
    ],
  ],
  [
    'unknown and misspelt types',
    `${head}- {id: a, type: io.kestra.plugin.core.trigger.Shedule}\n- {id: b, type: cron}`,
    [
      '5:17  unknown-trigger-type  "io.kestra.plugin.core.trigger.Shedule" is not a trigger type. Did you mean "io.kestra.plugin.core.trigger.Schedule"?',
      '6:17  unknown-trigger-type  "cron" is not a trigger type.',
    ],
  ],
  [
    'a trigger of another plugin',
    `${head}- {id: a, type: io.kestra.plugin.aws.sqs.Trigger, queueUrl: u}`,
    ['5:17  unsupported  `io.kestra.plugin.aws.sqs.Trigger` is not supported yet.'],
  ],
  [
    'properties of a schedule',
    trigger(
      'Schedule',
      `
  cron: "61 * * * *"
  timezone: Foo/Bar
  lateMaximumDelay: soon
  recoverMissedSchedules: SOME
  cronn: x
`,
    ),
    [
      '6:9  no-effect (warning)  `Schedule` has no effect here: no flow is started by the clock yet.',
      '8:13  invalid-value  "Foo/Bar" is not a time zone such as Europe/Paris, UTC or +02:00.',
      '9:21  invalid-value  "soon" is not an ISO-8601 duration such as PT30S or P1D, longer than nothing.',
      '10:27  unknown-value  "SOME" is not one of ALL, LAST, NONE.',
      '11:3  unknown-property  "cronn" is not a property of a Schedule trigger.',
    ],
  ],
  [
    'a cron expression',
    trigger('Schedule', '  cron: "61 * * * *"'),
    [
      '6:9  no-effect (warning)  `Schedule` has no effect here: no flow is started by the clock yet.',
      '7:9  invalid-value  "61 * * * *" is no cron expression: it has "61" as minute, which takes 0 to 59.',
    ],
  ],
  [
    'dates',
    trigger('ScheduleOnDates', '  dates: ["2030-01-01", "2030-01-01T00:00:00Z"]'),
    [
      '6:9  no-effect (warning)  `ScheduleOnDates` has no effect here: no flow is started by the clock yet.',
      '7:11  invalid-value  "2030-01-01" is no date and time with a zone such as 2030-01-31T09:00:00+02:00.',
    ],
  ],
  [
    'a webhook without a key, and one with conditions of several executions',
    `${trigger('Webhook', '')}
- id: u
  type: io.kestra.plugin.core.trigger.Webhook
  key: k
  conditions:
  - {type: io.kestra.plugin.core.condition.MultipleCondition, id: m, conditions: {}}
`,
    [
      '5:3  missing-property  A Webhook trigger needs the property "key".',
      '12:12  misplaced-condition  A MultipleCondition can only stand among the conditions of a Flow trigger, not here.',
    ],
  ],
  [
    'conditions',
    trigger(
      'Flow',
      `
  conditions:
  - {type: io.kestra.plugin.core.condition.Weekday}
  - {type: io.kestra.plugin.core.condition.DayWeek, dayOfWeek: FUNDAY}
  - {type: io.kestra.plugin.core.condition.TimeBetween, after: noon}
  - type: io.kestra.plugin.core.condition.Not
    conditions:
    - {type: io.kestra.plugin.core.condition.ExecutionStatus, in: [DONE]}
  - {expression: "{{ true }}"}
  - {type: io.kestra.plugin.core.condition.PublicHoliday, country: FR}
`,
    ),
    [
      '8:12  unknown-condition-type  "io.kestra.plugin.core.condition.Weekday" is not a condition type. Did you mean "io.kestra.plugin.core.condition.Weekend"?',
      '9:64  unknown-value  "FUNDAY" is not one of MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY. Did you mean "SUNDAY"?',
      '10:64  invalid-value  "noon" is no time of day such as 09:00:00 or 09:00:00+02:00.',
      '13:68  unknown-value  "DONE" is not one of CREATED, RUNNING, PAUSED, QUEUED, RETRYING, RESTARTED, BREAKPOINT, KILLING, SUCCESS, WARNING, FAILED, KILLED, CANCELLED, SKIPPED, RETRIED.',
      '14:5  missing-property  A condition needs the property "type".',
      '15:12  unsupported  `PublicHoliday` is not supported yet.',
    ],
  ],
  [
    'time windows',
    trigger(
      'Flow',
      `
  preconditions:
    id: p
    timeWindow: {type: DAILY_TIME_WINDOW, startTime: "09:00:00", window: PT1H}
    flows: [{flowId: a, state: SUCCESS}]
`,
    ),
    [
      '9:17  missing-property  A time window of type DAILY_TIME_WINDOW needs the property "endTime".',
      '9:66  invalid-value  "window" cannot be set in a time window of type DAILY_TIME_WINDOW.',
      '10:25  unknown-property  "state" is not a property of a flow of the preconditions. Did you mean "states"?',
    ],
  ],
  [
    'filters',
    trigger(
      'Flow',
      `
  preconditions:
    id: p
    where:
    - id: w
      filters:
      - {field: FLOW_ID, type: IN, value: a}
      - {field: FLOW, type: EQUAL_TO, value: a}
      - {field: STATE, type: REGEX, value: (?=a)}
`,
    ),
    [
      '12:9  missing-property  A filter of type IN needs the property "values".',
      '12:36  invalid-value  "value" cannot be set for type IN, which takes `values`.',
      '13:17  unknown-value  "FLOW" is not one of FLOW_ID, NAMESPACE, STATE, EXPRESSION. Did you mean "FLOW_ID"?',
      '14:44  invalid-value  "(?=a)" is an invalid pattern (look-around and back references are not supported).',
    ],
  ],
  [
    'windows of 2.0',
    `${trigger(
      'Flow',
      `
  dependsOn: [{flowId: a}]
  mode: AT_LEAST
  window: {deadline: "09:00:00", lookback: PT1H}
`,
    )}- id: u
  type: io.kestra.plugin.core.trigger.Flow
  dependsOn: [{flowId: a}]
  mode: AT_LEAST
  minSatisfied: 2
  window: {from: "09:00:00"}
`,
    [
      '5:3  missing-property  A Flow trigger with mode AT_LEAST needs the property "minSatisfied".',
      '9:11  invalid-value  "window" has `deadline`, `lookback`: only one of them makes a window.',
      '14:17  invalid-value  "2" is more than the 1 dependencies there are.',
      '15:11  missing-property  A window between two times needs the property "to".',
    ],
  ],
];

describe('what is wrong', () => {
  test.each(rows)('%s', async (_, source, lines) => {
    expect(await linesOf(source)).toEqual(lines);
    expect((await readFlow(source)).flow).toBeUndefined();
  });
});

describe('what it compiles to', () => {
  const compiled = async (source: string) => {
    const { flow, issues } = await readFlow(source);
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    return flow?.triggers;
  };

  test('disabled triggers are gone', async () => {
    expect(await compiled(trigger('Webhook', '  key: k\n  disabled: true'))).toBeUndefined();
  });

  test('old names are the same types', async () => {
    const old = `${head}- {id: t, type: io.kestra.core.models.triggers.types.Schedule, cron: "@daily", scheduleConditions: [{type: io.kestra.core.models.conditions.types.WeekendCondition}]}`;
    expect(await compiled(old)).toEqual([
      {
        id: 't',
        type: 'io.kestra.plugin.core.trigger.Schedule',
        cron: '@daily',
        conditions: [{ type: 'weekend', date: '{{ trigger.date }}' }],
      },
    ]);
  });

  const windows: readonly (readonly [string, object])[] = [
    ['preconditions: {id: p, flows: [{flowId: a}]}', every(86_400_000, 0)],
    [
      'preconditions: {id: p, flows: [{flowId: a}], timeWindow: {window: PT6H, windowAdvance: PT-1H}}',
      every(21_600_000, -3_600_000),
    ],
    [
      'preconditions: {id: p, flows: [{flowId: a}], timeWindow: {type: SLIDING_WINDOW, window: PT1H}}',
      { type: 'lookback', ms: 3_600_000 },
    ],
    [
      'preconditions: {id: p, flows: [{flowId: a}], timeWindow: {type: DAILY_TIME_DEADLINE, deadline: "09:00:00+02:00"}}',
      { type: 'deadline', timeMs: 32_400_000, timezone: '+02:00' },
    ],
    [
      'preconditions: {id: p, flows: [{flowId: a}], timeWindow: {type: DAILY_TIME_WINDOW, startTime: "09:00:00+02:00", endTime: "10:00:00Z"}}',
      { type: 'between', fromMs: 32_400_000, toMs: 43_200_000, timezone: '+02:00' },
    ],
    ['dependsOn: [{flowId: a}]', every(86_400_000, 0)],
    ['dependsOn: [{flowId: a}], window: {every: PT1H, offset: PT10M}', every(3_600_000, 600_000)],
    [
      'dependsOn: [{flowId: a}], window: {from: "22:00", to: "02:00", timezone: Europe/Paris}',
      { type: 'between', fromMs: 79_200_000, toMs: 7_200_000, timezone: 'Europe/Paris' },
    ],
  ];
  function every(everyMs: number, offsetMs: number): object {
    return { type: 'every', everyMs, offsetMs };
  }
  test.each(windows)('%s', async (properties, window) => {
    const [found] =
      (await compiled(
        `${head}- {id: t, type: io.kestra.plugin.core.trigger.Flow, ${properties}}`,
      )) ?? [];
    expect(found).toMatchObject({ dependencies: { window } });
  });

  test.each([
    ['', 2, 'reset'],
    [', mode: ANY', 1, 'reset'],
    [', mode: AT_LEAST, minSatisfied: 1', 1, 'reset'],
    [', window: {lookback: PT1H, fireOnce: true}', 2, 'once'],
  ])('dependsOn%s', async (more, needed, onceFired) => {
    const [found] =
      (await compiled(
        `${head}- {id: t, type: io.kestra.plugin.core.trigger.Flow, dependsOn: [{flowId: a}, {namespace: n, states: [FAILED], when: "{{ hasRetryAttempt }}"}]${more}}`,
      )) ?? [];
    expect(found).toMatchObject({ dependencies: { needed, onceFired } });
  });
});
