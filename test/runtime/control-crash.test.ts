/**
 * A request from outside dies before or after every single call it makes. Then it is made again, or
 * nobody comes but the sweep: the books must be those of a request that did not die, or of one that
 * was never made. No attempt is made twice, and the execution ends once in each epoch.
 */
import { describe, expect, test } from 'vitest';
import { faultAt, noFaults } from '../../src/adapters/simulated/faults.ts';
import type { ExecutionId } from '../../src/engine/execution.ts';
import { limits } from '../../src/engine/limits.ts';
import { replayExecution, restartOnRevision } from '../../src/runtime/fork.ts';
import { halt } from '../../src/runtime/halt.ts';
import { recover } from '../../src/runtime/recover.ts';
import { changeTaskRunState, restart } from '../../src/runtime/restart.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { SimulatedEngine } from '../helpers/simulated.ts';

const flow = (tasks: string, more = ''): string =>
  `id: crash\nnamespace: control\ntasks: [${tasks}]\n${more}`;
const log = (id: string, more = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: "ran"${more}}`;
/** Fails in its first attempt. */
const failing = (id: string, when = 'true', more = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: "ran {{ (taskrun.attemptsCount == 0 and ${when}) ? nothing : '' }}"${more}}`;
const flowable = (type: string, id: string, tasks: string, more = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.flow.${type}${more}, tasks: [${tasks}]}`;

const forEach = (limit: number, tasks: string): string =>
  flowable('ForEach', 'each', tasks, `, concurrencyLimit: ${limit}, values: ["a","b","c","d","e"]`);

const failed: Readonly<Record<string, string>> = {
  'in a sequence': flow([log('a'), failing('b'), log('c')].join()),
  'in a Parallel': flow(
    `${flowable('Parallel', 'p', [log('a'), failing('b'), log('c')].join())}, ${log('d')}`,
  ),
  'in a Dag': flow(
    `{id: d, type: io.kestra.plugin.core.flow.Dag, tasks: [{task: ${log('a')}}, {task: ${failing('b')}, dependsOn: [a]}, {task: ${log('c')}, dependsOn: [b]}, {task: ${log('e')}, dependsOn: [a]}]}, ${log('f')}`,
  ),
  'in a limited loop': flow(
    `${forEach(2, [log('a'), failing('b', "taskrun.value == 'c'")].join())}, ${log('z')}`,
  ),
  'in a loop without a limit': flow(
    `${forEach(0, [failing('b', "taskrun.value != 'c'"), log('y')].join())}, ${log('z')}`,
  ),
  'in a loop, one after the other': flow(
    `${forEach(1, [log('a'), failing('b', "taskrun.value == 'c'")].join())}, ${log('z')}`,
  ),
  'below flowables, with handlers': flow(
    flowable(
      'Sequential',
      's',
      flowable('Parallel', 'p', [log('a'), failing('b')].join()),
      `, errors: [${log('e')}], finally: [${log('f')}]`,
    ),
    `errors: [${log('g')}]`,
  ),
};

test('recovery of what somebody restarts meanwhile leaves it to them', async () => {
  const engine = new SimulatedEngine();
  const { id } = await engine.start(flow([failing('a'), log('b')].join()));
  const seen = engine.header(id);
  await engine.drain();
  await restart(engine.runtime, id);
  await engine.work(1);
  await recover(engine.runtime, seen);
  await engine.settle();
  expect(engine.attempts.get(id)).toEqual(['a#1 in epoch 1', 'a#2 in epoch 2', 'b#1 in epoch 2']);
});

/** How long the execution has run when it is killed, in messages. */
const running: Readonly<Record<string, readonly [source: string, steps: number]>> = {
  'before it begins': [flow([log('a'), log('b')].join()), 0],
  'in a sequence': [flow([log('a'), log('b'), log('c')].join()), 1],
  'in a Parallel': [
    flow(flowable('Parallel', 'p', ['a', 'b', 'c'].map((id) => log(id)).join())),
    1,
  ],
  'in a limited loop': [flow(forEach(2, [log('a'), log('b')].join())), 5],
  'in a loop without a limit': [flow(forEach(0, [log('a'), log('b')].join())), 3],
  'while a retry waits': [
    flow(
      `${failing('a', 'true', ', retry: {type: constant, interval: PT30M, maxAttempts: 3}')}, ${log('b')}`,
    ),
    1,
  ],
  'while it is paused': [
    flow(`{id: p, type: io.kestra.plugin.core.flow.Pause}, ${log('b')}`, `finally: [${log('f')}]`),
    1,
  ],
};

interface Books {
  readonly state: string;
  readonly epoch: number;
  readonly records: readonly string[];
  readonly attempts: readonly string[];
  readonly ends: readonly string[];
}

function booksOf(engine: SimulatedEngine, id: ExecutionId): Books {
  const { state, epoch } = engine.header(id);
  return {
    state,
    epoch,
    records: engine.records(id),
    attempts: (engine.attempts.get(id) ?? []).toSorted(),
    ends: engine.ends.get(id) ?? [],
  };
}

interface Scenario {
  /** Messages handled before the request; without it all there are. */
  readonly steps?: number | undefined;
  readonly source: string;
  prepare?(engine: SimulatedEngine, id: ExecutionId): Promise<unknown>;
  request(runtime: Runtime, id: ExecutionId): Promise<unknown>;
}

/** The books of the execution and of those that the request made, once nothing moves any more. */
async function play(
  { source, steps, prepare, request }: Scenario,
  plan: ReturnType<typeof faultAt> | undefined,
  isRepeated: boolean,
): Promise<{ own: Books; made: readonly Books[]; crashed: boolean }> {
  const engine = new SimulatedEngine();
  const { id } = await engine.start(source);
  if (steps === undefined) await engine.settle();
  else await engine.work(steps);
  await prepare?.(engine, id);
  const { runtime, life } = engine.runtimeOf(plan ?? noFaults);
  if (plan !== undefined || isRepeated) await Promise.race([request(runtime, id), life.crashed]);
  if (isRepeated) await request(engine.runtime, id);
  // Whoever works on messages has heard of it then.
  engine.clock.advance(limits.haltsReadMs);
  await engine.settle();
  const others = [...engine.store.tables.executions.keys()].filter((other) => other !== id);
  return {
    own: booksOf(engine, id),
    made: others.map((other) => booksOf(engine, other)),
    crashed: life.isCrashed,
  };
}

/** What the request leads to must come by itself, not only when the sweep goes round. */
async function comesByItself({ source, steps, prepare, request }: Scenario): Promise<void> {
  const engine = new SimulatedEngine();
  const { id } = await engine.start(source);
  await engine.work(steps);
  await prepare?.(engine, id);
  await request(engine.runtime, id);
  await engine.work();
  for (const [each, { endedAt }] of engine.store.tables.executions) {
    expect(endedAt, `${each}: ${engine.records(each).join()}`).toBeDefined();
  }
}

interface Known {
  readonly whole: Outcome;
  readonly twice: Outcome;
  readonly untouched: Outcome;
}

type Check = (now: Outcome, known: Known, isRepeated: boolean, where: string) => void;

async function everyCrash(scenario: Scenario, check: Check = sameBooks): Promise<void> {
  await comesByItself(scenario);
  const nowhere = faultAt(-1, 'refused');
  const known = {
    whole: await play(scenario, nowhere, false),
    twice: await play(scenario, nowhere, true),
    untouched: await play(scenario, undefined, false),
  };
  expect(known.whole).not.toEqual(known.untouched);
  let places = 0;
  for (let crashed = true; crashed; places++) {
    for (const fault of ['crash-before', 'crash-after'] as const) {
      for (const isRepeated of [true, false]) {
        const where = `${fault} call ${places}, ${isRepeated ? 'asked again' : 'swept'}`;
        const now = await play(scenario, faultAt(places, fault), isRepeated);
        ({ crashed } = now);
        if (!crashed) break;
        for (const { attempts } of [now.own, ...now.made]) {
          expect(new Set(attempts).size, `${where}: ${attempts.join()}`).toBe(attempts.length);
        }
        check(now, known, isRepeated, where);
      }
    }
  }
  expect(places).toBeGreaterThan(5);
}

type Outcome = Awaited<ReturnType<typeof play>>;

function sameBooks(
  { own, made }: Outcome,
  { whole, twice, untouched }: Known,
  isRepeated: boolean,
  where: string,
): void {
  const other = isRepeated ? twice : untouched;
  if (JSON.stringify(own) !== JSON.stringify(other.own)) expect(own, where).toEqual(whole.own);
  for (const each of made) expect(each, where).toEqual(whole.made[0]);
  expect(made.length, where).toBeGreaterThanOrEqual(isRepeated ? whole.made.length : 0);
  expect(made.length, where).toBeLessThanOrEqual(twice.made.length);
}

/** Until the sweep comes, tasks that were running may go on. */
function killed(now: Outcome, known: Known, isRepeated: boolean, where: string): void {
  if (isRepeated) return sameBooks(now, known, isRepeated, where);
  const { own } = now;
  if (JSON.stringify(own) === JSON.stringify(known.untouched.own)) return;
  expect({ ...own, records: [], attempts: [] }, where).toEqual({
    ...known.whole.own,
    records: [],
    attempts: [],
  });
}

describe('a restart that dies', () => {
  test.each(Object.entries(failed))('%s', async (_, source) => {
    await everyCrash({ source, request: (runtime, id) => restart(runtime, id) });
  });
});

describe('a kill that dies', () => {
  test.each(Object.entries(running))('%s', async (_, [source, steps]) => {
    const request = (runtime: Runtime, id: string) => halt(runtime, id, { state: 'KILLED' });
    await everyCrash({ source, steps, request }, killed);
  });
});

test('a kill that dies: the execution that a task run waits for is killed as well', async () => {
  await everyCrash(
    {
      source: flow('{id: p, type: io.kestra.plugin.core.flow.Pause}'),
      steps: 1,
      async prepare(engine, id) {
        const child = await engine.start(flow('{id: q, type: io.kestra.plugin.core.flow.Pause}'));
        await engine.work();
        const slot = await engine.store.readSlot(id, 'p');
        if (!slot) throw new Error('the task has not begun');
        await engine.store.commitSlot(id, { ...slot, turn: 2, state: 'RUNNING', child: child.id });
      },
      request: (runtime, id) => halt(runtime, id, { state: 'KILLED' }),
    },
    (now, known, isRepeated, where) => {
      killed(now, known, isRepeated, where);
      if (now.own.state === 'KILLED') expect(now.made[0]?.state, where).toBe('KILLED');
    },
  );
});

describe('a replay that dies', () => {
  test.each([
    ['from the start', 'in a sequence', undefined],
    ['from the failed task of a sequence', 'in a sequence', 'b'],
    ['from a task of a Parallel', 'in a Parallel', 'p/a'],
    ['from a task of a Dag', 'in a Dag', 'd/a'],
    ['from a loop', 'in a limited loop', 'each'],
    ['from a value of a loop', 'in a loop without a limit', 'each[2]/y'],
  ])('%s', async (_, name, task) => {
    const request = (runtime: Runtime, id: string) =>
      replayExecution(runtime, id, { ...(task !== undefined && { task }) });
    await everyCrash({ source: failed[name] ?? '', request });
  });
  test('a restart on a revision', async () => {
    const request = (runtime: Runtime, id: string) => restartOnRevision(runtime, id, 1);
    await everyCrash({ source: failed['in a limited loop'] ?? '', request });
  });
});

describe('a change of a task run that dies', () => {
  test.each([
    ['in a sequence', 'b'],
    ['in a Parallel', 'p/b'],
    ['below flowables, with handlers', 's'],
  ])('%s', async (name, task) => {
    const request = (runtime: Runtime, id: string) =>
      changeTaskRunState(runtime, id, task, 'SUCCESS');
    await everyCrash({ source: failed[name] ?? '', request });
  });
});
