/**
 * What a user reads when a flow is wrong: source on the one side, every line of the answer on the
 * other. Grouped by what is wrong: the text, the flow, a task, a declaration.
 */
import { describe, expect, test } from 'vitest';
import { readFlow } from '../../src/flow/read.ts';
import { linesOf, withTask, withTasks } from './lines.ts';

type Row = readonly [name: string, source: string, lines: readonly string[]];

const log = 'io.kestra.plugin.core.log.Log';
const flow = 'io.kestra.plugin.core.flow';
const head = 'id: f\nnamespace: n\n';
const tail = `tasks:\n- id: a\n  type: ${log}\n  message: hi\n`;

function table(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    test.each(rows)('%s', async (_, source, lines) => {
      expect(await linesOf(source)).toEqual(lines);
      expect((await readFlow(source)).flow).toBeUndefined();
    });
  });
}

table('the text', [
  [
    'nothing at all',
    '',
    ['1:1  not-a-flow  A flow is a map with id, namespace and tasks; this is nothing.'],
  ],
  [
    'prose',
    'hello world',
    ['1:1  not-a-flow  A flow is a map with id, namespace and tasks; this is text.'],
  ],
  [
    'a list',
    '- a\n- b',
    ['1:1  not-a-flow  A flow is a map with id, namespace and tasks; this is a list.'],
  ],
  [
    'not YAML',
    'id: f\ntasks: [a',
    [
      '2:10  not-yaml  This is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  [
    'two documents',
    `${head}${tail}---\nid: g`,
    ['7:1  several-documents  A flow is one YAML document; a second one starts here.'],
  ],
  [
    'a key twice',
    `id: g\n${head}${tail}`,
    ['2:1  duplicate-key  The key "id" is there already, on line 1.'],
  ],
  [
    'a key with a meaning to JavaScript',
    `${head}variables:\n  __proto__: {a: 1}\n${tail}`,
    ['4:3  forbidden-key  The key "__proto__" is not allowed.'],
  ],
  [
    'an alias of nothing',
    `${head}variables: *v\n${tail}`,
    ['3:12  unknown-alias  No anchor named "v" stands before this alias.'],
  ],
  [
    'a map as key',
    `${head}variables: {? {a: 1} : 2}\n${tail}`,
    ['3:15  wrong-type  Expected text as key, found a map.'],
  ],
]);

table('the flow', [
  [
    'empty map',
    '{}',
    [
      '1:1  missing-property  The flow needs the property "id".',
      '1:1  missing-property  The flow needs the property "namespace".',
      '1:1  missing-property  The flow needs the property "tasks".',
    ],
  ],
  [
    'unknown property, misspelt',
    `${head}varibles: {a: 1}\n${tail}`,
    ['3:1  unknown-property  "varibles" is not a property of the flow. Did you mean "variables"?'],
  ],
  [
    'ids out of pattern',
    `id: a b\nnamespace: Upper\n${tail}`,
    [
      '1:5  invalid-value  "a b" is not allowed: letters, digits, ".", "_" and "-" are, the first two in front.',
      '2:12  invalid-value  "Upper" is not allowed: lower-case letters, digits, ".", "_" and "-" are, the first two in front.',
    ],
  ],
  [
    'id too long',
    `id: ${'a'.repeat(101)}\nnamespace: n\n${tail}`,
    [`1:5  invalid-value  "${'a'.repeat(101)}" has more than 100 characters.`],
  ],
  ['no tasks', `${head}tasks: []`, ['3:8  invalid-value  "[]" must not be empty.']],
  [
    'tasks of nothing',
    `${head}tasks:\n`,
    ['1:1  missing-property  The flow needs the property "tasks".'],
  ],
  ['tasks as text', `${head}tasks: run`, ['3:8  wrong-type  Expected a list, found text.']],
  [
    'labels',
    `${head}labels:\n  Upper: a\n  empty: ""\n  system.x: 1\n  list: [1]\n${tail}`,
    [
      '4:3  invalid-value  "Upper" is no label key: it starts with a lower-case letter, then letters, digits, ".", "_" and "-".',
      '5:10  invalid-value  "empty" needs a value that is not empty.',
      '6:3  system-label  System labels can only be set by the engine itself, offending label: system.x=1.',
      '7:9  wrong-type  Expected text, found a list.',
    ],
  ],
  [
    'labels as list',
    `${head}labels:\n- {key: a}\n- {value: b}\n- c\n${tail}`,
    [
      '4:3  missing-property  A label needs the property "value".',
      '5:3  missing-property  A label needs the property "key".',
      '6:3  wrong-type  Expected a map with key and value, found text.',
    ],
  ],
  [
    'duplicate ids over all levels',
    withTasks(`
- id: a
  type: ${flow}.Sequential
  tasks:
  - {id: b, type: ${log}, message: m}
  errors:
  - {id: a, type: ${log}, message: m}
  finally:
  - {id: c, type: ${log}, message: m}
errors:
- {id: b, type: ${log}, message: m}
triggers:
- {id: t, type: io.kestra.plugin.core.trigger.Webhook, key: k}
- {id: t, type: io.kestra.plugin.core.trigger.Webhook, key: k}
`),
    [
      '9:10  duplicate-id  Duplicate task id "a": it is taken on line 4.',
      '13:8  duplicate-id  Duplicate task id "b": it is taken on line 7.',
      '16:8  duplicate-id  Duplicate trigger id "t": it is taken on line 15.',
    ],
  ],
]);

table('a task', [
  ['not a map', withTasks('- log'), ['4:3  wrong-type  Expected a task, found text.']],
  [
    'no id and no type',
    withTasks('- message: hi'),
    [
      '4:3  missing-property  A task needs the property "id".',
      '4:3  missing-property  A task needs the property "type".',
    ],
  ],
  [
    'unknown type, misspelt',
    withTask('io.kestra.plugin.core.log.Lgo', ''),
    [
      `5:9  unknown-task-type  "io.kestra.plugin.core.log.Lgo" is not a task type. Did you mean "${log}"?`,
    ],
  ],
  [
    'unknown type, short',
    withTask('core.lgo', ''),
    [`5:9  unknown-task-type  "core.lgo" is not a task type. Did you mean "${log}"?`],
  ],
  [
    'unknown type, like nothing known',
    withTask('com.example.Nothing', '  tasks:\n  - task: {id: b}\n'),
    ['5:9  unknown-task-type  "com.example.Nothing" is not a task type.'],
  ],
  [
    'children of an unknown type are read all the same',
    withTask('a.B', `  tasks:\n  - {id: a, type: ${log}}\n`),
    [
      '5:9  unknown-task-type  "a.B" is not a task type.',
      '7:5  missing-property  Log needs the property "message".',
      '7:10  duplicate-id  Duplicate task id "a": it is taken on line 4.',
    ],
  ],
  [
    'property misspelt: said once',
    withTask(log, '  mesage: hi'),
    ['6:3  unknown-property  "mesage" is not a property of Log. Did you mean "message"?'],
  ],
  [
    'wrong type of a property',
    withTask(log, '  message: {a: 1}'),
    ['6:12  wrong-type  Expected text or a list, found a map.'],
  ],
  [
    'wrong type of an item',
    withTask(log, '  message:\n  - hi\n  - {a: 1}'),
    ['8:5  wrong-type  Expected text, found a map.'],
  ],
  [
    'bad enum value',
    withTask(log, '  message: hi\n  level: WARNING'),
    [
      '7:10  unknown-value  "WARNING" is not one of TRACE, DEBUG, INFO, WARN, ERROR. Did you mean "WARN"?',
    ],
  ],
  [
    'number out of range, and no number',
    withTask(
      `${flow}.Parallel`,
      `  concurrent: -1\n  tasks:\n  - {id: b, type: ${flow}.Parallel, concurrent: many, tasks: []}`,
    ),
    [
      '6:15  invalid-value  "-1" is less than 0.',
      '8:68  wrong-type  Expected a number, found text.',
      '8:74  empty-list  "tasks" must have at least one entry.',
    ],
  ],
  [
    'an expression where none is rendered',
    withTask(
      `${flow}.Parallel`,
      `  concurrent: "{{ 2 }}"\n  tasks: [{id: b, type: ${log}, message: m}]`,
    ),
    ['6:15  wrong-type  Expected a number, found text.'],
  ],
  [
    'flowable without children',
    withTask(`${flow}.Sequential`, '  tasks: null'),
    ['4:3  missing-property  Sequential needs the property "tasks".'],
  ],
  [
    'children that are no list',
    withTask(`${flow}.Sequential`, '  tasks: a'),
    ['6:10  wrong-type  Expected a list of tasks, found text.'],
  ],
  [
    'mistakes in a disabled task count',
    withTask(log, '  disabled: true'),
    ['4:3  missing-property  Log needs the property "message".'],
  ],
  [
    'common properties',
    withTask(
      log,
      '  message: hi\n  timeout: 5 minutes\n  logLevel: LOUD\n  allowFailure: maybe\n  assets: {}',
    ),
    [
      '7:12  invalid-value  "5 minutes" is not an ISO-8601 duration such as PT30S or P1D.',
      '8:13  unknown-value  "LOUD" is not one of TRACE, DEBUG, INFO, WARN, ERROR.',
      '9:17  wrong-type  Expected true or false, found text.',
      "10:3  enterprise-only  `assets` is for Kestra's Enterprise Edition only.",
    ],
  ],
  [
    'what is kept, and for how long',
    withTask(log, '  message: hi\n  taskCache: {ttl: 1 hour, size: 3}\n  runOnce: never'),
    [
      '7:14  missing-property  `taskCache` needs the property "enabled".',
      '7:20  invalid-value  "1 hour" is not an ISO-8601 duration such as PT30S or P1D.',
      '7:28  unknown-property  "size" is not a property of `taskCache`.',
      '8:12  wrong-type  Expected true or false, found text.',
    ],
  ],
  [
    'id with a dot',
    withTasks(`- {id: a.b, type: ${log}, message: m}`),
    [
      '4:8  invalid-value  "a.b" is not allowed: letters, digits, "_" and "-" are, the first two in front.',
    ],
  ],
]);

table('retry', [
  [
    'no type',
    withTask(log, '  message: m\n  retry: {interval: PT1S}'),
    ['7:10  missing-property  `retry` needs the property "type".'],
  ],
  [
    'no map',
    withTask(log, '  message: m\n  retry: 3'),
    ['7:10  wrong-type  Expected a map, found an integer.'],
  ],
  [
    'unknown type',
    withTask(log, '  message: m\n  retry: {type: constnt}'),
    [
      '7:17  unknown-value  "constnt" is not one of constant, exponential, random. Did you mean "constant"?',
    ],
  ],
  [
    'missing and foreign properties',
    withTask(log, '  message: m\n  retry: {type: exponential, interval: PT1S, jitter: 1}'),
    [
      '7:10  missing-property  `retry` needs the property "maxInterval".',
      '7:46  unknown-property  "jitter" is not a property of `retry`.',
    ],
  ],
  [
    'interval and maxDuration',
    withTask(log, '  message: m\n  retry: {type: constant, interval: PT10S, maxDuration: PT1S}'),
    ["7:37  not-less-than  'interval' must be less than 'maxDuration' but is PT10S."],
  ],
  [
    'random bounds, on the flow',
    `${head}retry: {type: random, minInterval: PT2S, maxInterval: PT2S}\n${tail}`,
    ["3:36  not-less-than  'minInterval' must be less than 'maxInterval' but is PT2S."],
  ],
  [
    'attempts and durations',
    withTask(log, '  message: m\n  retry: {type: constant, interval: PT0S, maxAttempts: 0}'),
    [
      '7:37  invalid-value  "PT0S" must be longer than nothing.',
      '7:56  invalid-value  "0" is less than 1.',
    ],
  ],
]);

table('inputs and outputs', [
  [
    'no type, unknown type, no id',
    `${head}inputs:\n- id: a\n- {id: b, type: STRNG}\n- {type: INT}\n- c\n${tail}`,
    [
      '4:3  missing-property  An input needs the property "type".',
      '5:17  unknown-value  "STRNG" is not one of STRING, INT, FLOAT, BOOL, DATETIME, DATE, TIME, DURATION, SELECT, MULTISELECT, ENUM, ARRAY, JSON, YAML, EMAIL, URI, FILE, SECRET, FORM. Did you mean "STRING"?',
      '6:3  missing-property  An input of type INT needs the property "id".',
      '7:3  wrong-type  Expected a map, found text.',
    ],
  ],
  [
    'properties of another type, bad pattern, duplicate',
    `${head}inputs:\n- {id: a, type: BOOL, min: 1}\n- {id: a, type: STRING, validator: "("}\n${tail}`,
    [
      '4:23  unknown-property  "min" is not a property of an input of type BOOL.',
      '5:8  duplicate-id  Duplicate input id "a": it is taken on line 4.',
      '5:36  invalid-value  "(" is an invalid pattern (look-around and back references are not supported).',
    ],
  ],
  [
    'dependencies',
    `${head}inputs:\n- {id: one, type: INT, dependsOn: {inputs: [two]}}\n- {id: two, type: INT, dependsOn: {inputs: [one, on]}}\n${tail}`,
    [
      '4:24  cyclic-inputs  These inputs depend on each other in a circle: one, two.',
      '5:24  cyclic-inputs  These inputs depend on each other in a circle: two, one.',
      '5:50  unknown-input  "on" is not an input of this flow. Did you mean "one"?',
    ],
  ],
  [
    'files and arrays',
    `${head}inputs:\n- {id: f, type: FILE, defaults: something}\n- {id: a, type: ARRAY, itemType: ARRAY}\n- {id: b, type: ARRAY}\n${tail}`,
    [
      '4:33  invalid-value  "something" is no default of a FILE input: it must be a file: or nsfile: address.',
      '5:34  unknown-value  "ARRAY" is not one of STRING, INT, FLOAT, BOOL, BOOLEAN, DATETIME, DATE, TIME, DURATION, JSON, YAML, EMAIL, URI, FILE.',
      '6:3  missing-property  An input of type ARRAY needs the property "itemType".',
    ],
  ],
  [
    'outputs',
    `${head}outputs:\n- {id: a, type: STRING}\n- {id: b, value: x}\n- {id: a, type: INT, value: 1, foo: 2}\n${tail}`,
    [
      '4:3  missing-property  An output needs the property "value".',
      '5:3  missing-property  An output needs the property "type".',
      '6:8  duplicate-id  Duplicate output id "a": it is taken on line 4.',
      '6:32  unknown-property  "foo" is not a property of an output.',
    ],
  ],
]);

table('a graph', [
  [
    'waiting for a task that is not there',
    withTask(
      `${flow}.Dag`,
      `  tasks:\n  - {task: {id: x, type: ${log}, message: m}}\n  - {task: {id: y, type: ${log}, message: m}, dependsOn: [xx]}\n`,
    ),
    ['8:82  unknown-dependency  "xx" is not a task of this graph. Did you mean "x"?'],
  ],
  [
    'waiting in a circle',
    withTask(
      `${flow}.Dag`,
      `  tasks:\n  - {task: {id: x, type: ${log}, message: m}, dependsOn: [y]}\n  - {task: {id: y, type: ${log}, message: m}, dependsOn: [x]}\n`,
    ),
    [
      '7:70  cyclic-tasks  These tasks depend on each other in a circle: x, y.',
      '8:70  cyclic-tasks  These tasks depend on each other in a circle: y, x.',
    ],
  ],
]);
