/** Kill, restart, replay and marks on the real runtime, as scenarios. */
import { describe, expect, test } from 'vitest';
import type { ExecutionId } from '../../src/engine/execution.ts';
import { noFaults } from '../../src/adapters/simulated/faults.ts';
import { deleteExecution } from '../../src/runtime/amend.ts';
import { replayExecution } from '../../src/runtime/fork.ts';
import { halt } from '../../src/runtime/halt.ts';
import { changeTaskRunState, restart } from '../../src/runtime/restart.ts';
import { resume } from '../../src/runtime/resume.ts';
import { step } from '../../src/runtime/step.ts';
import { type ExecutionView, viewExecution } from '../../src/runtime/view.ts';
import { SimulatedEngine } from '../helpers/simulated.ts';

const flow = (tasks: readonly string[], more = ''): string =>
  `id: scenario\nnamespace: control\ntasks: [${tasks.join()}]\n${more}`;
const log = (id: string, more = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: ran${more}}`;
/** Fails as long as this holds; `n` counts the attempts made before. */
const failing = (id: string, when = 'n == 0', more = ''): string => {
  const condition = when.replaceAll(/\bn\b/g, 'taskrun.attemptsCount');
  return `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: "{{ (${condition}) ? nothing : 'ran' }}"${more}}`;
};
const around = (type: string, id: string, tasks: readonly string[], more = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.flow.${type}, tasks: [${tasks.join()}]${more}}`;
const forEach = (limit: number, tasks: readonly string[], values = ['x', 'y', 'z']): string =>
  around(
    'ForEach',
    'each',
    tasks,
    `, concurrencyLimit: ${limit}, values: ${JSON.stringify(values)}`,
  );
const pause = '{id: wait, type: io.kestra.plugin.core.flow.Pause}';

/** Task runs by path, then the state of the execution. */
function shown({ taskRuns, state }: ExecutionView): string {
  const runs = taskRuns.map((run) => `${run.path} ${run.state}`).sort();
  return [...runs, state].join('\n');
}

const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

class Scenario {
  readonly engine = new SimulatedEngine();
  id: ExecutionId = '';

  static async ended(source: string): Promise<Scenario> {
    const scenario = await Scenario.at(source, Number.POSITIVE_INFINITY);
    await scenario.engine.settle();
    return scenario;
  }

  /** After so many messages. */
  static async at(source: string, steps: number): Promise<Scenario> {
    const scenario = new Scenario();
    scenario.id = (await scenario.engine.start(source)).id;
    await scenario.engine.work(steps);
    return scenario;
  }

  async view(id = this.id): Promise<ExecutionView> {
    const view = await viewExecution(this.engine.runtime, id);
    if (!view) throw new Error(`there is no execution ${id}`);
    return view;
  }

  async is(expected: string, id = this.id): Promise<void> {
    expect(shown(await this.view(id))).toBe(lines(expected));
  }

  async restart(expected: string): Promise<void> {
    const restarted = await restart(this.engine.runtime, this.id);
    if (restarted.type !== 'restarted') throw new Error(restarted.type);
    expect(shown(restarted.view)).toBe(lines(expected));
    await this.engine.work();
  }

  async mark(task: string, state: 'SUCCESS' | 'FAILED' | 'WARNING', expected: string) {
    const marked = await changeTaskRunState(this.engine.runtime, this.id, task, state);
    if (marked.type !== 'restarted') throw new Error(marked.type);
    expect(shown(marked.view)).toBe(lines(expected));
    await this.engine.work();
  }

  /** Resolves with the id of the new execution. */
  async replay(task: string | undefined, expected: string): Promise<ExecutionId> {
    const request = task === undefined ? {} : { task };
    const replayed = await replayExecution(this.engine.runtime, this.id, request);
    if (replayed.type !== 'replayed') throw new Error(replayed.type);
    expect(shown(replayed.view)).toBe(lines(expected));
    await this.engine.work();
    return replayed.execution.id;
  }

  async kill(): Promise<void> {
    expect(await halt(this.engine.runtime, this.id, { state: 'KILLED' })).toBe('halted');
  }

  /** Attempts made since `made` of them had been. */
  attempts(id = this.id): readonly string[] {
    return this.engine.attempts.get(id) ?? [];
  }
}

describe('restart', () => {
  test('in a sequence: what failed runs again, what came before does not', async () => {
    const scenario = await Scenario.ended(flow([log('a'), failing('b'), log('c')]));
    await scenario.restart('a SUCCESS\n b RESTARTED\n RESTARTED');
    await scenario.is('a SUCCESS\n b SUCCESS\n c SUCCESS\n SUCCESS');
    expect(scenario.attempts()).toEqual([
      'a#1 in epoch 1',
      'b#1 in epoch 1',
      'b#2 in epoch 2',
      'c#1 in epoch 2',
    ]);
  });

  test('in a Parallel: branches that were fine are not run again', async () => {
    const source = flow([
      around('Parallel', 'p', [log('a'), failing('b'), failing('c')]),
      log('d'),
    ]);
    const scenario = await Scenario.ended(source);
    await scenario.restart('p RUNNING\n p/a SUCCESS\n p/b RESTARTED\n p/c RESTARTED\n RESTARTED');
    await scenario.is('d SUCCESS\n p SUCCESS\n p/a SUCCESS\n p/b SUCCESS\n p/c SUCCESS\n SUCCESS');
  });

  test('in a Dag: what waited for the failed task runs at last', async () => {
    const nodes = [
      `{task: ${log('a')}}`,
      `{task: ${failing('b')}, dependsOn: [a]}`,
      `{task: ${log('c')}, dependsOn: [a]}`,
      `{task: ${log('e')}, dependsOn: [b, c]}`,
    ];
    const scenario = await Scenario.ended(flow([around('Dag', 'd', nodes), log('f')]));
    await scenario.is('d FAILED\n d/a SUCCESS\n d/b FAILED\n d/c SUCCESS\n FAILED');
    await scenario.restart('d RUNNING\n d/a SUCCESS\n d/b RESTARTED\n d/c SUCCESS\n RESTARTED');
    await scenario.is(
      'd SUCCESS\n d/a SUCCESS\n d/b SUCCESS\n d/c SUCCESS\n d/e SUCCESS\n f SUCCESS\n SUCCESS',
    );
  });

  test.each([
    [0, 'each[0]/a, each[1]/a, each[1]/b, each[2]/a, each[2]/b'],
    [1, 'each[0]/a'],
    [2, 'each[0]/a, each[1]/a, each[1]/b'],
  ])(
    'in a loop with the limit %i: only what failed, and what was not reached',
    async (limit, before) => {
      const source = flow([
        forEach(limit, [failing('a', "n == 0 and taskrun.value == 'x'"), log('b')]),
      ]);
      const scenario = await Scenario.ended(source);
      const made = scenario.attempts();
      expect(
        made
          .map((attempt) => attempt.split('#')[0])
          .sort()
          .join(', '),
      ).toBe(before);
      const { type } = await restart(scenario.engine.runtime, scenario.id);
      expect(type).toBe('restarted');
      await scenario.engine.work();
      await scenario.is(`
      each SUCCESS
      each[0]/a SUCCESS
      each[0]/b SUCCESS
      each[1]/a SUCCESS
      each[1]/b SUCCESS
      each[2]/a SUCCESS
      each[2]/b SUCCESS
      SUCCESS`);
      const again = scenario.attempts().slice(made.length);
      expect(again).toContain('each[0]/a#2 in epoch 2');
      // Each of the six ran once, but for the one that failed.
      expect(scenario.attempts()).toHaveLength(7);
    },
  );

  test('nested: flowables around go on, handlers of the failure are forgotten', async () => {
    const source = flow(
      [
        around(
          'Sequential',
          's',
          [around('Parallel', 'p', [log('a'), failing('b')])],
          `, errors: [${log('e')}], finally: [${log('f')}]`,
        ),
        log('c'),
      ],
      `errors: [${log('g')}]`,
    );
    const scenario = await Scenario.ended(source);
    await scenario.is(`
      errors/g SUCCESS
      s FAILED
      s/errors/e SUCCESS
      s/finally/f SUCCESS
      s/p FAILED
      s/p/a SUCCESS
      s/p/b FAILED
      FAILED`);
    await scenario.restart(`
      s RUNNING
      s/p RUNNING
      s/p/a SUCCESS
      s/p/b RESTARTED
      RESTARTED`);
    expect(scenario.attempts().filter((made) => made.includes('finally'))).toEqual([
      's/finally/f#1 in epoch 1',
      's/finally/f#1 in epoch 2',
    ]);
    await scenario.is(`
      c SUCCESS
      s SUCCESS
      s/finally/f SUCCESS
      s/p SUCCESS
      s/p/a SUCCESS
      s/p/b SUCCESS
      SUCCESS`);
  });

  test('attempts are counted on, and a retry starts anew with the numbers after them', async () => {
    const retry = ', retry: {type: constant, interval: PT1S, maxAttempts: 2}';
    const scenario = await Scenario.ended(flow([failing('a', 'n < 2', retry)]));
    await scenario.is('a FAILED\n FAILED');
    await scenario.restart('a RESTARTED\n RESTARTED');
    await scenario.engine.settle();
    await scenario.is('a SUCCESS\n SUCCESS');
    const [run] = (await scenario.view()).taskRuns;
    expect(run?.attempts?.map(({ number, state }) => `${number} ${state}`)).toEqual([
      '1 FAILED',
      '2 FAILED',
      '3 SUCCESS',
    ]);
  });

  test('twice', async () => {
    const scenario = await Scenario.ended(flow([log('a'), failing('b', 'n < 2'), log('c')]));
    await scenario.restart('a SUCCESS\n b RESTARTED\n RESTARTED');
    await scenario.is('a SUCCESS\n b FAILED\n FAILED');
    await scenario.restart('a SUCCESS\n b RESTARTED\n RESTARTED');
    await scenario.is('a SUCCESS\n b SUCCESS\n c SUCCESS\n SUCCESS');
    expect((await scenario.view()).history.map(({ state }) => state).join(' ')).toBe(
      'CREATED RUNNING FAILED RESTARTED RUNNING FAILED RESTARTED RUNNING SUCCESS',
    );
  });

  test('of two at once one is made', async () => {
    const { engine, id } = await Scenario.ended(flow([failing('a')]));
    const both = [restart(engine.runtime, id), restart(engine.runtime, id)];
    const types = (await Promise.all(both)).map(({ type }) => type);
    expect(types.sort()).toEqual(['not-restartable', 'restarted']);
    await engine.work();
    expect(engine.attempts.get(id)).toEqual(['a#1 in epoch 1', 'a#2 in epoch 2']);
  });

  test('is refused of a success, while it runs, and of what was killed', async () => {
    const fine = await Scenario.ended(flow([log('a')]));
    expect(await restart(fine.engine.runtime, fine.id)).toEqual({ type: 'nothing-failed' });
    const running = await Scenario.at(flow([log('a'), log('b')]), 1);
    const refused = { type: 'not-restartable', state: 'RUNNING' };
    expect(await restart(running.engine.runtime, running.id)).toEqual(refused);
    await running.kill();
    expect(await restart(running.engine.runtime, running.id)).toMatchObject({ state: 'KILLED' });
  });
});

describe('kill', () => {
  test('while a task runs: what it comes to is not recorded, and nothing follows it', async () => {
    const scenario = await Scenario.at(flow([log('a'), log('b'), log('c')]), 1);
    const { engine, id } = scenario;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { runtime } = engine.runtimeOf({
      onCall: () => undefined,
      before: async ({ method }) => (method === 'commitSlot' ? held : undefined),
    });
    const message = engine.queue.receive();
    const running = step(runtime, message?.body ?? '', 1);
    await scenario.kill();
    release();
    await running;
    message?.done();
    await engine.settle();
    await scenario.is('a SUCCESS\n b KILLED\n KILLED');
    expect(engine.ends.get(id)).toEqual(['KILLED']);
  });

  test('no task starts once it is resolved, whatever still waits in the queue', async () => {
    const values = ['u', 'v', 'w', 'x'];
    for (const limit of [0, 1, 2]) {
      const scenario = await Scenario.at(flow([forEach(limit, [log('a'), log('b')], values)]), 3);
      const begun = scenario.attempts();
      await scenario.kill();
      await scenario.engine.settle();
      expect(scenario.attempts()).toEqual(begun);
    }
  });

  test('by another process: within a second its tasks are let go', async () => {
    const { engine, id } = await Scenario.at(flow([log('a'), log('b')]), 1);
    const { runtime } = engine.runtimeOf(noFaults);
    engine.clock.advance(1_000);
    expect(await halt(runtime, id, { state: 'KILLED' })).toBe('halted');
    await engine.settle();
    expect(engine.attempts.get(id)).toEqual(['a#1 in epoch 1']);
  });

  test('and forgotten: nothing of it comes back', async () => {
    const retry = ', retry: {type: constant, interval: PT2H, maxAttempts: 3}';
    const source = flow([
      around('Parallel', 'p', [failing('a', 'true', retry), log('b')]),
      log('c'),
    ]);
    const scenario = await Scenario.at(source, 1);
    await scenario.kill();
    expect((await deleteExecution(scenario.engine.runtime, scenario.id)).type).toBe('amended');
    const begun = scenario.attempts();
    await scenario.engine.settle();
    expect(scenario.attempts()).toEqual(begun);
    const { executions, slots } = scenario.engine.store.tables;
    expect([executions.size, slots.size]).toEqual([0, 0]);
  });

  test('while a retry waits: the next attempt is never made', async () => {
    const retry = ', retry: {type: constant, interval: PT10M, maxAttempts: 3}';
    const scenario = await Scenario.at(flow([failing('a', 'true', retry), log('b')]), 1);
    await scenario.kill();
    await scenario.is('a KILLED\n KILLED');
    await scenario.engine.settle();
    await scenario.is('a KILLED\n KILLED');
    expect(scenario.attempts()).toEqual(['a#1 in epoch 1']);
  });

  test('while it is paused: nobody can resume it, and no time-out revives it', async () => {
    const timed = pause.replace('}', ', pauseDuration: PT10M}');
    const scenario = await Scenario.at(flow([timed, log('b')], `finally: [${log('f')}]`), 1);
    await scenario.kill();
    expect((await resume(scenario.engine.runtime, scenario.id)).type).toBe('not-paused');
    await scenario.engine.settle();
    await scenario.is('wait KILLED\n KILLED');
  });

  test('in a limited loop: no further value is begun', async () => {
    const values = ['u', 'v', 'w', 'x', 'y', 'z'];
    const scenario = await Scenario.at(flow([forEach(2, [log('a'), log('b')], values)]), 5);
    const records = (await scenario.view()).taskRuns.length;
    await scenario.kill();
    const begun = scenario.attempts();
    await scenario.engine.settle();
    expect(scenario.attempts()).toEqual(begun);
    const { state, taskRuns } = await scenario.view();
    expect(state).toBe('KILLED');
    expect(taskRuns.length).toBeLessThanOrEqual(records + 2);
    expect(taskRuns.filter((run) => run.state === 'RUNNING')).toEqual([]);
  });

  test('a wide loop: all its values are stopped', async () => {
    const values = Array.from({ length: 500 }, (_, index) => `v${index}`);
    const scenario = await Scenario.at(flow([forEach(0, [log('a'), log('b')], values)]), 3);
    await scenario.kill();
    await scenario.engine.settle();
    expect(scenario.engine.header(scenario.id)).toMatchObject({ state: 'KILLED' });
    const ran = scenario.engine.records(scenario.id).filter((run) => run.endsWith('SUCCESS'));
    expect(ran).toEqual([]);
  });

  test('twice, and of what has ended', async () => {
    const scenario = await Scenario.at(flow([pause]), 1);
    const kill = () => halt(scenario.engine.runtime, scenario.id, { state: 'KILLED' });
    expect((await Promise.all([kill(), kill()])).sort()).toEqual(['halted', 'halted']);
    expect(await kill()).toBe('ended');
    expect(scenario.engine.ends.get(scenario.id)).toEqual(['KILLED']);
    expect(await halt(scenario.engine.runtime, 'nobody', { state: 'KILLED' })).toBe(
      'unknown-execution',
    );
  });
});

describe('replay', () => {
  const loop = (limit: number): string => flow([forEach(limit, [log('a'), log('b')]), log('c')]);

  test('from the start: nothing is kept, and the old one stays as it is', async () => {
    const scenario = await Scenario.ended(flow([log('a'), log('b')]));
    const id = await scenario.replay(undefined, 'CREATED');
    await scenario.is('a SUCCESS\n b SUCCESS\n SUCCESS', id);
    expect(scenario.attempts(id)).toEqual(['a#1 in epoch 1', 'b#1 in epoch 1']);
    const [old, made] = [await scenario.view(), await scenario.view(id)];
    expect(made).toMatchObject({ parentId: old.id, originalId: old.id });
    expect(made.labels).toMatchObject({ 'system.replay': 'true' });
    expect(old.labels).toMatchObject({ 'system.replayed': 'true' });
  });

  test('from a task of a loop, one value after the other: the tasks behind it, of all values', async () => {
    const scenario = await Scenario.ended(loop(1));
    const id = await scenario.replay(
      'each[1]/b',
      `each RUNNING
       each[0]/a SUCCESS
       each[0]/b SUCCESS
       each[1]/a SUCCESS
       each[1]/b RESTARTED
       each[2]/a SUCCESS
       RESTARTED`,
    );
    expect(scenario.attempts(id)).toEqual([
      'each[1]/b#2 in epoch 2',
      'each[2]/b#1 in epoch 2',
      'c#1 in epoch 2',
    ]);
    expect((await scenario.view(id)).state).toBe('SUCCESS');
  });

  test('from a task of a loop, side by side: the other values are kept', async () => {
    const scenario = await Scenario.ended(loop(0));
    const id = await scenario.replay(
      'each[1]/a',
      `each RUNNING
       each[0]/a SUCCESS
       each[0]/b SUCCESS
       each[1]/a RESTARTED
       each[2]/a SUCCESS
       each[2]/b SUCCESS
       RESTARTED`,
    );
    expect(scenario.attempts(id)).toEqual([
      'each[1]/a#2 in epoch 2',
      'each[1]/b#1 in epoch 2',
      'c#1 in epoch 2',
    ]);
  });

  test('from a loop: all its values run again', async () => {
    const scenario = await Scenario.ended(flow([log('z'), forEach(2, [log('a')]), log('c')]));
    const id = await scenario.replay('each', 'each RUNNING\n z SUCCESS\n RESTARTED');
    expect(scenario.attempts(id)).toHaveLength(4);
    expect((await scenario.view(id)).state).toBe('SUCCESS');
  });

  test('from a branch of a Parallel, by the id of its task run', async () => {
    const source = flow([around('Parallel', 'p', [log('a'), log('b')]), log('c')]);
    const scenario = await Scenario.ended(source);
    const { taskRuns } = await scenario.view();
    const run = taskRuns.find(({ taskId }) => taskId === 'a');
    const id = await scenario.replay(
      run?.id,
      'p RUNNING\n p/a RESTARTED\n p/b SUCCESS\n RESTARTED',
    );
    expect(scenario.attempts(id)).toEqual(['p/a#2 in epoch 2', 'c#1 in epoch 2']);
  });

  test('while the old one runs: both go on', async () => {
    const scenario = await Scenario.at(flow([log('a'), log('b'), log('c')]), 1);
    const id = await scenario.replay('a', 'a RESTARTED\n RESTARTED');
    await scenario.engine.work();
    await scenario.is('a SUCCESS\n b SUCCESS\n c SUCCESS\n SUCCESS');
    await scenario.is('a SUCCESS\n b SUCCESS\n c SUCCESS\n SUCCESS', id);
  });

  test('of a task that is not there, or of several, is refused with those that are', async () => {
    const scenario = await Scenario.ended(loop(0));
    for (const task of ['nobody', 'a']) {
      expect(await replayExecution(scenario.engine.runtime, scenario.id, { task })).toMatchObject({
        type: 'unknown-task-run',
        taskRuns: expect.arrayContaining(['each', 'each[0]/a', 'c']),
      });
    }
    expect(scenario.engine.store.tables.executions.size).toBe(1);
  });
});

describe('another end for a task run', () => {
  test('a failure taken for a success: it goes on after it', async () => {
    const scenario = await Scenario.ended(
      flow([log('a'), failing('b', 'true'), log('c')], `errors: [${log('e')}]`),
    );
    await scenario.mark('b', 'SUCCESS', 'a SUCCESS\n b SUCCESS\n RESTARTED');
    expect((await scenario.view()).state).toBe('SUCCESS');
    expect(scenario.attempts().slice(3)).toEqual(['c#1 in epoch 2']);
  });

  test('a success taken for a failure: the handlers run', async () => {
    const source = flow([log('a'), log('b')], `errors: [${log('e')}]`);
    const scenario = await Scenario.ended(source);
    await scenario.mark('a', 'FAILED', 'a FAILED\n b SUCCESS\n RESTARTED');
    expect((await scenario.view()).state).toBe('FAILED');
    expect(scenario.attempts().slice(2)).toEqual(['errors/e#1 in epoch 2']);
  });

  test('in a Parallel, where another branch has failed as well: that one runs again', async () => {
    const source = flow([around('Parallel', 'p', [failing('a', 'true'), failing('b')]), log('c')]);
    const scenario = await Scenario.ended(source);
    await scenario.mark('p/a', 'WARNING', 'p RUNNING\n p/a WARNING\n p/b RESTARTED\n RESTARTED');
    await scenario.is('c SUCCESS\n p WARNING\n p/a WARNING\n p/b SUCCESS\n WARNING');
  });

  test('of a flowable: nothing in it runs', async () => {
    const source = flow([around('Sequential', 's', [failing('a', 'true'), log('b')]), log('c')]);
    const scenario = await Scenario.ended(source);
    await scenario.mark('s', 'SUCCESS', 's SUCCESS\n s/a FAILED\n RESTARTED');
    await scenario.is('c SUCCESS\n s SUCCESS\n s/a FAILED\n SUCCESS');
  });

  test('of a value of a limited loop: the values not reached come next', async () => {
    const never = failing('a', "taskrun.value == 'x'");
    const scenario = await Scenario.ended(flow([forEach(2, [never], ['x', 'y', 'z', 'q'])]));
    const marked = await changeTaskRunState(
      scenario.engine.runtime,
      scenario.id,
      'each[0]/a',
      'SUCCESS',
    );
    expect(marked.type).toBe('restarted');
    await scenario.engine.work();
    expect(shown(await scenario.view())).toBe(
      lines(`
        each SUCCESS
        each[0]/a SUCCESS
        each[1]/a SUCCESS
        each[2]/a SUCCESS
        each[3]/a SUCCESS
        SUCCESS`),
    );
  });
});
