/**
 * Whoever works on messages dies before or after every single call it makes, once in each run. The
 * message comes again, and nobody sweeps: the books must be those of a run without a crash. Every
 * execution is started once, whoever waits is woken, and nothing stands still.
 */
import { describe, expect, test } from 'vitest';
import { faultAt } from '../../src/adapters/simulated/faults.ts';
import type { ExecutionId } from '../../src/engine/execution.ts';
import { halt } from '../../src/runtime/halt.ts';
import { restart } from '../../src/runtime/restart.ts';
import { resume } from '../../src/runtime/resume.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { times } from '../helpers/effort.ts';
import { SimulatedEngine } from '../helpers/simulated.ts';
import { around, core, failing, flow, forEach, log, pause, returns } from './scenario.ts';

interface Scene {
  /** The first is started. */
  readonly flows: readonly string[];
  /** Made when nothing is due any more, by whoever has not died yet. */
  readonly requests?: readonly ((runtime: Runtime, id: ExecutionId) => Promise<unknown>)[];
}

/** Of each execution its state, its ends, its records and the attempts that were made. */
type Books = Readonly<Record<string, readonly unknown[]>>;

async function play(
  { flows, requests = [] }: Scene,
  plan: ReturnType<typeof faultAt>,
): Promise<{ books: Books; isCrashed: boolean }> {
  const engine = new SimulatedEngine();
  const { id } = await engine.start(...flows);
  const worker = engine.runtimeOf(plan);
  await engine.drain(worker);
  for (const request of requests) {
    const { life } = worker;
    if (!life.isCrashed) await Promise.race([request(worker.runtime, id), life.crashed]);
    if (life.isCrashed) await request(engine.runtime, id);
    await engine.drain(worker);
  }
  const books = () =>
    Object.fromEntries(
      [...engine.store.tables.executions.values()].map((each) => [
        `${each.flow.id} ${each.id}`,
        [
          each.state,
          engine.ends.get(each.id),
          engine.records(each.id),
          [...new Set(engine.attempts.get(each.id))].sort(),
        ],
      ]),
    );
  const before = books();
  await engine.settle();
  // What needs the sweep has stood still until then: only requests may.
  if (requests.length === 0) expect(books()).toEqual(before);
  return { books: books(), isCrashed: worker.life.isCrashed };
}

/** `npm test` tries a share of the places; which one differs from scene to scene by their lengths. */
const stride = Math.max(1, Math.round(3 / times(1)));

async function everyCrash(scene: Scene): Promise<void> {
  const { books: whole } = await play(scene, faultAt(-1, 'refused'));
  for (const [state] of Object.values(whole)) expect(state).not.toBe('RUNNING');
  let places = 0;
  for (let isCrashed = true; isCrashed; places += stride) {
    for (const fault of ['crash-before', 'crash-after'] as const) {
      const played = await play(scene, faultAt(places, fault));
      ({ isCrashed } = played);
      if (!isCrashed) break;
      expect(played.books, `${fault} call ${places}`).toEqual(whole);
    }
  }
  expect(places).toBeGreaterThan(5);
}

const child = (id: string, tasks: readonly string[], more = ''): string =>
  `id: ${id}\nnamespace: control\ntasks: [${tasks.join()}]\n${more}`;
const call = (id: string, flowId: string, more = ''): string =>
  core('flow.Subflow', id, `namespace: control, flowId: ${flowId}${more}`);
const until = (id: string, tasks: readonly string[], condition: string): string =>
  around('LoopUntil', id, tasks, `, condition: "${condition}", checkFrequency: {interval: PT1M}`);
const loop = (id: string, tasks: readonly string[], more = ''): string =>
  around('Loop', id, tasks, `, values: [x, y, z]${more}`);
const said = ', outputs: [{id: said, type: STRING, value: "{{ outputs.say.value }}"}]';
const say = returns('say', '{{ item.value }}');
const leaf = child(
  'leaf',
  [returns('a', 'x')],
  'outputs: [{id: o, type: STRING, value: "{{ outputs.a.value }}"}]',
);
const last = `afterExecution: [${returns('last', '{{ execution.state }}')}]`;

describe('Subflow', () => {
  test.each<[string, Scene]>([
    [
      'down a chain',
      {
        flows: [
          flow([call('sub', 'middle'), log('z')]),
          child('middle', [call('sub', 'leaf')]),
          leaf,
        ],
      },
    ],
    [
      'that fails',
      {
        flows: [
          flow([call('sub', 'leaf')], `errors: [${log('e')}]`),
          child('leaf', [failing('a', 'true')]),
        ],
      },
    ],
    [
      'that is not waited for',
      { flows: [flow([call('sub', 'leaf', ', wait: false'), log('z')]), leaf] },
    ],
    [
      'for each value, two at a time',
      { flows: [flow([forEach(2, [call('sub', 'leaf')]), log('z')]), leaf] },
    ],
    [
      'with tasks for afterwards',
      { flows: [flow([call('sub', 'leaf')], last), child('leaf', [log('a')], last)] },
    ],
    [
      'that is retried as a new execution',
      {
        flows: [
          flow([call('sub', 'leaf'), log('z')]),
          child(
            'leaf',
            [failing('a', 'execution.id == execution.originalId')],
            'retry: {type: constant, interval: PT1M, maxAttempts: 2, behavior: CREATE_NEW_EXECUTION}',
          ),
        ],
      },
    ],
    [
      'of a flow with a place for one',
      {
        flows: [
          flow([forEach(0, [call('sub', 'leaf')])]),
          child('leaf', [log('a')], 'concurrency: {limit: 1}'),
        ],
      },
    ],
    [
      'ended by an Exit beside it',
      {
        flows: [
          flow([
            around('Parallel', 'p', [
              call('sub', 'leaf'),
              around('Sequential', 's', [
                core('flow.Sleep', 'gate', 'duration: PT1M'),
                core('execution.Exit', 'exit'),
              ]),
            ]),
          ]),
          child('leaf', [pause]),
        ],
      },
    ],
    [
      'restarted with its parent',
      {
        flows: [flow([call('sub', 'leaf'), log('z')]), child('leaf', [failing('a'), log('b')])],
        requests: [restart],
      },
    ],
    [
      'killed with its parent',
      {
        flows: [flow([call('sub', 'leaf'), log('z')], last), child('leaf', [pause])],
        requests: [(runtime, id) => halt(runtime, id, { state: 'KILLED' })],
      },
    ],
  ])('%s', async (_, scene) => everyCrash(scene));
});

test('a parent is killed while whoever retries its child as a whole is dying', async () => {
  const flows = [
    flow([call('sub', 'leaf')]),
    child(
      'leaf',
      [failing('a', 'execution.id == execution.originalId')],
      'retry: {type: constant, interval: PT1M, maxAttempts: 2, behavior: CREATE_NEW_EXECUTION}',
    ),
  ];
  let places = 0;
  for (let isCrashed = true; isCrashed; places += 1) {
    for (const fault of ['crash-before', 'crash-after'] as const) {
      const engine = new SimulatedEngine();
      const { id } = await engine.start(...flows);
      const worker = engine.runtimeOf(faultAt(places, fault));
      await engine.work(Infinity, worker);
      ({ isCrashed } = worker.life);
      await halt(engine.runtime, id, { state: 'KILLED' });
      await engine.settle();
      const states = [...engine.store.tables.executions.values()].map(({ state }) => state);
      expect(states, `${fault} call ${places}`).not.toContain('SUCCESS');
    }
  }
  expect(places).toBeGreaterThan(5);
});

describe('rounds and loops', () => {
  test.each<[string, readonly string[], string?]>([
    [
      'LoopUntil',
      [
        until('poll', [returns('a', '{{ taskrun.iteration }}')], "{{ outputs.a.value == '1' }}"),
        log('z'),
      ],
    ],
    [
      'LoopUntil beside others',
      [
        around('Parallel', 'p', [
          until('poll', [log('a')], '{{ outputs.poll.iterationCount >= 1 }}'),
          log('b'),
        ]),
      ],
    ],
    [
      'LoopUntil that fails',
      [until('poll', [failing('a', 'taskrun.iteration == 1')], '{{ false }}')],
      `errors: [${log('e')}]`,
    ],
    ['Loop', [loop('each', [say], said), log('z')]],
    ['Loop, two at a time', [loop('each', [say], `${said}, concurrencyLimit: 2`)]],
    ['Loop that fails', [loop('each', [failing('a', "item.value == 'y'")])]],
    [
      'Loop that goes on past failures',
      [loop('each', [failing('a', "item.value == 'y'"), say], `${said}, transmitFailed: false`)],
    ],
    [
      'Loop in Loop',
      [loop('outer', [loop('inner', [say], ', concurrencyLimit: 1')], ', concurrencyLimit: 2')],
    ],
  ])('%s', async (_, tasks, more) => everyCrash({ flows: [flow(tasks, more)] }));

  test('a Loop that is restarted', async () => {
    const tasks = [failing('a', "n == 0 and item.value == 'y'"), say];
    await everyCrash({ flows: [flow([loop('each', tasks, said), log('z')])], requests: [restart] });
  });
});

describe('ForEachItem', () => {
  const parent = (more = ''): string =>
    flow([
      core('storage.Write', 'rows', 'content: "a\\nb\\nc\\n", extension: .txt'),
      core(
        'flow.ForEachItem',
        'each',
        `items: "{{ outputs.rows.uri }}", namespace: control, flowId: batch, inputs: {number: "{{ taskrun.iteration }}"}${more}`,
      ),
    ]);
  const inputs = 'inputs: [{id: number, type: INT}]';
  test.each([
    ['', child('batch', [log('a')], inputs)],
    [', batch: {rows: 2}', child('batch', [failing('a', 'inputs.number == 1')], inputs)],
    [', wait: false', child('batch', [log('a')], inputs)],
  ])('%s', async (more, batch) => everyCrash({ flows: [parent(more), batch] }));
});

describe('Pause', () => {
  const go = (runtime: Runtime, id: ExecutionId) =>
    resume(runtime, id, { inputs: { reason: 'x' } });
  const asks = core('flow.Pause', 'ask', 'onResume: [{id: reason, type: STRING}]');
  test.each<[string, Scene]>([
    ['that is resumed', { flows: [flow([asks, log('z')])], requests: [go] }],
    [
      'with tasks',
      { flows: [flow([around('Pause', 'ask', [log('a')]), log('z')])], requests: [go] },
    ],
    [
      'several at once',
      { flows: [flow([forEach(0, [asks, log('a')]), log('z')])], requests: [go] },
    ],
    [
      'that runs out',
      { flows: [flow([core('flow.Pause', 'w', 'pauseDuration: PT1H, behavior: WARN'), log('z')])] },
    ],
    [
      'that cancels',
      {
        flows: [flow([core('flow.Pause', 'w', 'pauseDuration: PT1H, behavior: CANCEL')], last)],
      },
    ],
  ])('%s', async (_, scene) => everyCrash(scene));
});
