/** Flows whose course must be the same on every back end: task runs with their states, and the end. */

export interface RuntimeCase {
  readonly name: string;
  readonly flow: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly state: string;
  /** `path STATE`, in the order of paths. */
  readonly taskRuns: readonly string[];
  readonly outputs?: unknown;
}

const log = (id: string, message = id): string =>
  `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: "${message}"}`;
const give = (id: string, value: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: "${value}"}`;
const fail = (id: string, more = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.execution.Fail${more}}`;

const flow = (id: string, rest: string): string => `id: ${id}\nnamespace: contract\n${rest}`;

export const runtimeCases: readonly RuntimeCase[] = [
  {
    name: 'values travel along a sequence',
    flow: flow(
      'sequence',
      `
inputs: [{id: who, type: STRING}]
tasks:
  - ${give('a', 'Hello {{ inputs.who }}')}
  - ${give('b', '{{ outputs.a.value }}!')}
outputs: [{id: said, type: STRING, value: "{{ outputs.b.value }}"}]`,
    ),
    inputs: { who: 'world' },
    state: 'SUCCESS',
    taskRuns: ['a SUCCESS', 'b SUCCESS'],
    outputs: { said: 'Hello world!' },
  },
  {
    name: 'outputs of parallel branches are there after the join',
    flow: flow(
      'branches',
      `
tasks:
  - id: p
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - ${give('a', 'x')}
      - ${give('b', 'y')}
  - ${give('c', '{{ outputs.a.value ~ outputs.b.value }}')}
outputs: [{id: both, type: STRING, value: "{{ outputs.c.value }}"}]`,
    ),
    state: 'SUCCESS',
    taskRuns: ['c SUCCESS', 'p SUCCESS', 'p/a SUCCESS', 'p/b SUCCESS'],
    outputs: { both: 'xy' },
  },
  {
    name: 'a limited loop and its values',
    flow: flow(
      'limited',
      `
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: ["a", "b", "c", "d"]
    concurrencyLimit: 2
    tasks:
      - ${give('one', '{{ taskrun.value }}{{ taskrun.iteration }}')}
      - ${give('two', '{{ outputs.one[taskrun.value].value }}!')}
  - ${give('last', '{{ outputs.two.c.value }} {{ outputs.one.d.value }}')}
outputs: [{id: seen, type: STRING, value: "{{ outputs.last.value }}"}]`,
    ),
    state: 'SUCCESS',
    taskRuns: [
      'each SUCCESS',
      'each[0]/one SUCCESS',
      'each[0]/two SUCCESS',
      'each[1]/one SUCCESS',
      'each[1]/two SUCCESS',
      'each[2]/one SUCCESS',
      'each[2]/two SUCCESS',
      'each[3]/one SUCCESS',
      'each[3]/two SUCCESS',
      'last SUCCESS',
    ],
    outputs: { seen: 'c2! d3' },
  },
  {
    name: 'a loop over an expression, its iterations in order',
    flow: flow(
      'expression',
      `
inputs: [{id: list, type: JSON}]
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ inputs.list }}"
    tasks: [${give('one', '{{ taskrun.value }}')}]`,
    ),
    inputs: { list: '[1, {"k": 2}]' },
    state: 'SUCCESS',
    taskRuns: ['each SUCCESS', 'each[0]/one SUCCESS', 'each[1]/one SUCCESS'],
  },
  {
    name: 'retries, then errors of the flowable, then of the flow, then finally',
    flow: flow(
      'handlers',
      `
tasks:
  - id: s
    type: io.kestra.plugin.core.flow.Sequential
    tasks:
      - ${fail('bad', ', retry: {type: constant, interval: PT0.01S, maxAttempts: 2}')}
    errors: [${log('inner')}]
  - ${log('never')}
errors: [${log('outer')}]
finally: [${log('always')}]`,
    ),
    state: 'FAILED',
    taskRuns: [
      'errors/outer SUCCESS',
      'finally/always SUCCESS',
      's FAILED',
      's/bad FAILED 2',
      's/errors/inner SUCCESS',
    ],
  },
  {
    name: 'failure allowed, a condition not met, a task disabled',
    flow: flow(
      'allowed',
      `
tasks:
  - ${fail('bad', ', allowFailure: true')}
  - {id: skipped, type: io.kestra.plugin.core.log.Log, message: no, runIf: "{{ 1 > 2 }}"}
  - {id: gone, type: io.kestra.plugin.core.log.Log, message: no, disabled: true}
  - ${log('end')}`,
    ),
    state: 'WARNING',
    taskRuns: ['bad WARNING', 'end SUCCESS', 'skipped SKIPPED'],
  },
  {
    name: 'an expression that cannot be rendered fails its task',
    flow: flow('undefined', `\ntasks: [${give('a', '{{ vars[flow.id] }}')}]`),
    state: 'FAILED',
    taskRuns: ['a FAILED'],
  },
  {
    name: 'a value too large for a baton is read from its slot',
    flow: flow(
      'large',
      `
inputs: [{id: big, type: STRING}]
tasks:
  - ${give('a', '{{ inputs.big }}')}
  - ${give('b', '{{ outputs.a.value | length }} {{ inputs.big | length }}')}
outputs: [{id: size, type: STRING, value: "{{ outputs.b.value }}"}]`,
    ),
    inputs: { big: 'x'.repeat(300_000) },
    state: 'SUCCESS',
    taskRuns: ['a SUCCESS', 'b SUCCESS'],
    outputs: { size: '300000 300000' },
  },
  {
    name: 'files are written, filtered, read and deleted, and a task is made at run time',
    flow: flow(
      'files',
      `
tasks:
  - id: items
    type: io.kestra.plugin.core.storage.Write
    content: "{\\"n\\": 1}\\n{\\"n\\": 2}\\n"
  - id: some
    type: io.kestra.plugin.core.storage.FilterItems
    from: "{{ outputs.items.uri }}"
    filterCondition: "{{ n > 1 }}"
  - id: gone
    type: io.kestra.plugin.core.storage.Delete
    uri: "{{ outputs.items.uri }}"
  - id: made
    type: io.kestra.plugin.core.templating.TemplatedTask
    spec: "{type: io.kestra.plugin.core.debug.Return, format: {{ flow.id }}}"
  - ${give('said', '{{ read(outputs.some.uri) | trim }} {{ fileExists(outputs.items.uri) }} {{ outputs.made.value }}')}
outputs: [{id: said, type: STRING, value: "{{ outputs.said.value }}"}]`,
    ),
    state: 'SUCCESS',
    taskRuns: ['gone SUCCESS', 'items SUCCESS', 'made SUCCESS', 'said SUCCESS', 'some SUCCESS'],
    outputs: { said: '{"n": 2} false files' },
  },
  {
    name: 'branches are chosen once, by condition and by value',
    flow: flow(
      'choices',
      `
inputs: [{id: size, type: INT}]
tasks:
  - id: big
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.size > 10 }}"
    then: [${log('yes')}]
    else: [${log('no')}]
  - id: none
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.size > 100 }}"
    then: [${log('never')}]
  - id: which
    type: io.kestra.plugin.core.flow.Switch
    value: "{{ inputs.size }}"
    cases:
      12: [${log('dozen')}]
      a/b: [${log('odd')}]
    defaults: [${log('other')}]
  - ${give('said', '{{ outputs.big.evaluationResult }} {{ outputs.which.value }}')}
outputs: [{id: said, type: STRING, value: "{{ outputs.said.value }}"}]`,
    ),
    inputs: { size: 12 },
    state: 'SUCCESS',
    taskRuns: [
      'big SUCCESS',
      'big/then/yes SUCCESS',
      'none SUCCESS',
      'said SUCCESS',
      'which SUCCESS',
      'which/case-12/dozen SUCCESS',
    ],
    outputs: { said: 'true 12' },
  },
  {
    name: 'no case and no defaults is a failure, which AllowFailure turns into a warning',
    flow: flow(
      'tolerant',
      `
tasks:
  - id: perhaps
    type: io.kestra.plugin.core.flow.AllowFailure
    tasks:
      - id: which
        type: io.kestra.plugin.core.flow.Switch
        value: "{{ flow.id }}"
        cases: {other: [${log('never')}]}
      - ${log('not', 'reached')}
  - ${log('after')}`,
    ),
    state: 'WARNING',
    taskRuns: ['after SUCCESS', 'perhaps WARNING', 'perhaps/which FAILED'],
  },
  {
    name: 'a wait takes no worker, and a time-out ends it',
    flow: flow(
      'waits',
      `
tasks:
  - {id: nap, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.05S}
  - {id: long, type: io.kestra.plugin.core.flow.Sleep, duration: PT1H, timeout: PT0.1S, allowFailure: true}
  - id: each
    type: io.kestra.plugin.core.flow.EachSequential
    value: ["a", "b"]
    tasks: [${give('v', '{{ taskrun.value }}')}]
outputs: [{id: last, type: STRING, value: "{{ outputs.v.b.value }}"}]`,
    ),
    state: 'WARNING',
    taskRuns: [
      'each SUCCESS',
      'each[0]/v SUCCESS',
      'each[1]/v SUCCESS',
      'long WARNING',
      'nap SUCCESS',
    ],
    outputs: { last: 'b' },
  },
  {
    name: 'a graph, and every task of every value side by side',
    flow: flow(
      'graph',
      `
tasks:
  - id: dag
    type: io.kestra.plugin.core.flow.Dag
    tasks:
      - {task: ${give('c', '{{ outputs.a.value ~ outputs.b.value }}')}, dependsOn: [a, b]}
      - {task: ${give('a', 'x')}}
      - {task: ${give('b', '{{ outputs.a.value }}y')}, dependsOn: [a]}
  - id: all
    type: io.kestra.plugin.core.flow.EachParallel
    value: ["u", "v"]
    concurrent: 3
    tasks:
      - ${give('one', '{{ taskrun.value }}1')}
      - ${give('two', '{{ taskrun.value }}2')}
outputs: [{id: seen, type: STRING, value: "{{ outputs.c.value }} {{ outputs.two.v.value }}"}]`,
    ),
    state: 'SUCCESS',
    taskRuns: [
      'all SUCCESS',
      'all[0]/one SUCCESS',
      'all[0]/two SUCCESS',
      'all[1]/one SUCCESS',
      'all[1]/two SUCCESS',
      'dag SUCCESS',
      'dag/a SUCCESS',
      'dag/b SUCCESS',
      'dag/c SUCCESS',
    ],
    outputs: { seen: 'xxy v2' },
  },
  {
    name: 'a pause that ends by itself, beside a branch that goes on',
    flow: flow(
      'pauses',
      `
tasks:
  - id: p
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - {id: wait, type: io.kestra.plugin.core.flow.Pause, pauseDuration: PT0.05S, behavior: WARN}
      - ${log('beside')}
  - {id: never, type: io.kestra.plugin.core.flow.Pause, timeout: PT0.05S, allowFailure: true}
  - ${log('after')}`,
    ),
    state: 'WARNING',
    taskRuns: ['after SUCCESS', 'never WARNING', 'p WARNING', 'p/beside SUCCESS', 'p/wait WARNING'],
  },
  {
    name: 'key-value pairs are set, read by expressions and tasks, listed and deleted',
    flow: flow(
      'pairs',
      `
tasks:
  - {id: set, type: io.kestra.plugin.core.kv.Set, key: pairs.one, value: {deep: [1, "two"]}, ttl: PT1H}
  - {id: once, type: io.kestra.plugin.core.kv.Set, key: pairs.one, value: 1, overwrite: false, allowFailure: true}
  - ${give('read', "{{ kv('pairs.one').deep[1] }} {{ kv('pairs.two') ?? 'none' }}")}
  - {id: get, type: io.kestra.plugin.core.kv.Get, key: pairs.one}
  - {id: keys, type: io.kestra.plugin.core.kv.GetKeys, prefix: pairs.}
  - {id: delete, type: io.kestra.plugin.core.kv.Delete, key: pairs.one}
  - {id: purge, type: io.kestra.plugin.core.kv.PurgeKV, namespaces: [contract]}
  - {id: missing, type: io.kestra.plugin.core.debug.Return, format: "{{ kv('pairs.one', errorOnMissing=true) }}", allowFailure: true}
outputs:
  - {id: all, type: JSON, value: '{{ [outputs.read.value, outputs.get.value, outputs.keys.keys, outputs.delete.deleted, outputs.purge.size] }}'}`,
    ),
    state: 'WARNING',
    taskRuns: [
      'delete SUCCESS',
      'get SUCCESS',
      'keys SUCCESS',
      'missing WARNING',
      'once WARNING',
      'purge SUCCESS',
      'read SUCCESS',
      'set SUCCESS',
    ],
    outputs: { all: ['two none', { deep: [1, 'two'] }, ['pairs.one'], true, 0] },
  },
  {
    name: 'a state is kept per value of a loop, or shared by them',
    flow: flow(
      'states',
      `
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: ["a", "b"]
    tasks:
      - {id: own, type: io.kestra.plugin.core.state.Set, data: {seen: "{{ taskrun.value }}"}}
      - {id: get, type: io.kestra.plugin.core.state.Get}
      - {id: before, type: io.kestra.plugin.core.state.Get, name: shared, taskrunValue: false}
      - id: shared
        type: io.kestra.plugin.core.state.Set
        name: shared
        taskrunValue: false
        data: {seen: "{{ currentEachOutput(outputs.before).data.seen ?? 'null' }}-{{ taskrun.value }}"}
  - {id: last, type: io.kestra.plugin.core.state.Get, name: shared}
  - {id: delete, type: io.kestra.plugin.core.state.Delete, name: shared}
outputs:
  - {id: seen, type: JSON, value: '{{ [outputs.get.a.data.seen, outputs.get.b.data.seen, outputs.last.data.seen] }}'}`,
    ),
    state: 'SUCCESS',
    taskRuns: [
      'delete SUCCESS',
      'each SUCCESS',
      ...[0, 1].flatMap((index) => [
        `each[${index}]/before SUCCESS`,
        `each[${index}]/get SUCCESS`,
        `each[${index}]/own SUCCESS`,
        `each[${index}]/shared SUCCESS`,
      ]),
      'last SUCCESS',
    ],
    outputs: { seen: ['a', 'b', 'null-a-b'] },
  },
  {
    name: 'a cached task gives what it gave for the same properties and loop value',
    flow: flow(
      'cached',
      `
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: ["a", "b"]
    tasks:
      - id: made
        type: io.kestra.plugin.core.output.OutputValues
        values: {at: "{{ taskrun.value }}"}
        taskCache: {enabled: true, ttl: PT1H}
  - id: repeated
    type: io.kestra.plugin.core.flow.ForEach
    values: ["1", "2", "3"]
    tasks: [{id: again, type: io.kestra.plugin.core.debug.Return, format: same, taskCache: {enabled: true}}]
  - {id: empty, type: io.kestra.plugin.core.log.Log, message: nothing, taskCache: {enabled: true}}
outputs:
  - {id: all, type: JSON, value: '{{ [outputs.made.a["values"].at, outputs.made.b["values"].at, outputs.again["3"].value] }}'}`,
    ),
    state: 'SUCCESS',
    taskRuns: [
      'each SUCCESS',
      'each[0]/made SUCCESS',
      'each[1]/made SUCCESS',
      'empty SUCCESS',
      'repeated SUCCESS',
      'repeated[0]/again SUCCESS',
      'repeated[1]/again SUCCESS',
      'repeated[2]/again SUCCESS',
    ],
    outputs: { all: ['a', 'b', 'same'] },
  },
  {
    name: 'a task that may run once is retried, waits and fails as others do',
    flow: flow(
      'once',
      `
tasks:
  - ${fail('twice', ", condition: '{{ taskrun.attemptsCount < 1 }}', retry: {type: constant, interval: PT0.001S, maxAttempts: 3}, runOnce: true")}
  - {id: wait, type: io.kestra.plugin.core.flow.Pause, pauseDuration: PT0.01S, runOnce: true}
  - ${fail('never', ', runOnce: true, allowFailure: true')}
  - {id: give, type: io.kestra.plugin.core.debug.Return, format: given, runOnce: true}
outputs: [{id: given, type: STRING, value: "{{ outputs.give.value }}"}]`,
    ),
    state: 'WARNING',
    taskRuns: ['give SUCCESS', 'never WARNING', 'twice SUCCESS 2', 'wait SUCCESS'],
    outputs: { given: 'given' },
  },
];
