/** Restart and kill on the real runtime. */
import { describe, expect, test } from 'vitest';
import { noFaults } from '../../src/adapters/simulated/faults.ts';
import { deleteExecution } from '../../src/runtime/amend.ts';
import { halt } from '../../src/runtime/halt.ts';
import { restart } from '../../src/runtime/restart.ts';
import { resume } from '../../src/runtime/resume.ts';
import { step } from '../../src/runtime/step.ts';
import { SimulatedEngine } from '../helpers/simulated.ts';
import { around, core, failing, flow, forEach, log, pause, Scenario } from './scenario.ts';

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
      const paths = made.map((attempt) => attempt.replace(/#.*/, ''));
      expect(paths.sort().join(', ')).toBe(before);
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

test.each([1, 2, 3])(
  'restart, whose look %i finds it ended by somebody who died: the end is told before it is undone',
  async (look) => {
    const engine = new SimulatedEngine();
    const trigger = core('trigger.Flow', 'after', 'dependsOn: [{flowId: scenario}]');
    const listener = `{id: listener, namespace: control, tasks: [${log('a')}], triggers: [${trigger}]}`;
    const { id } = await engine.start(flow([failing('a', 'n < 2')]), listener);
    const dying = engine.runtimeOf({
      onCall: ({ method }) => (method === 'endExecution' ? 'crash-after' : undefined),
    });
    let looks = 0;
    const { runtime } = engine.runtimeOf({
      onCall: () => undefined,
      before: async ({ method }) => {
        if (method !== 'readExecution') return;
        looks += 1;
        if (looks === look) await engine.work(1, dying);
      },
    });
    await restart(runtime, id);
    await engine.settle();
    const executions = [...engine.store.tables.executions.values()];
    const heard = executions.filter((each) => each.flow.id === 'listener');
    expect(dying.life.isCrashed || looks < look).toBe(true);
    expect(heard).toHaveLength(engine.ends.get(id)?.length ?? 0);
  },
);

/** Of a flow whose members come together again and again; `receives` of the copies of one message. */
async function messagesWith(
  receives: readonly number[],
  isRestarted: boolean,
  isAtOnce: boolean,
): Promise<number> {
  const pair = around('Parallel', 'p', [log('a'), log('b')]);
  const values = Array.from({ length: 10 }, (_, index) => `v${index}`);
  const first = around('Sequential', 's', [log('c')], `, finally: [${log('d')}]`);
  const scenario = await Scenario.at(flow([first, forEach(1, [pair], values), failing('e')]), 0);
  const { engine, id } = scenario;
  if (isRestarted) {
    await engine.work();
    await restart(engine.runtime, id);
  }
  const message = engine.queue.receive();
  message?.done();
  const handle = async (count: number) => step(engine.runtime, message?.body ?? '', count);
  if (isAtOnce) await Promise.all(receives.map(handle));
  else for (const count of receives) await handle(count);
  const messages = await engine.work(2_000);
  await engine.settle();
  expect(engine.header(id).state).toBe(isRestarted ? 'SUCCESS' : 'FAILED');
  return messages;
}

test.each([false, true])(
  'a message that comes twice does not multiply, also over what a restart (%s) has kept',
  async (isRestarted) => {
    const once = await messagesWith([1], isRestarted, false);
    expect(await messagesWith([1, 1], isRestarted, false)).toBe(once);
    expect(await messagesWith([1, 1, 1], isRestarted, true)).toBe(once);
    // Who died may have sent nothing: the next steps are sent once more, and what follows them is not.
    expect(await messagesWith([1, 2], isRestarted, false)).toBeLessThanOrEqual(once + 2);
    expect(await messagesWith([1, 2], isRestarted, true)).toBeLessThanOrEqual(once + 2);
  },
);

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

  test('while a task comes to its end: that stands, and what it has sent is let go as well', async () => {
    const tasks = [log('a'), log('b'), log('c')];
    const scenario = await Scenario.at(flow(tasks), 0);
    const { engine, id } = scenario;
    // Its notes of what is halted are as old as its first task.
    const other = engine.runtimeOf(noFaults);
    await engine.work(1, other);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: claiming, resolve: claims } = Promise.withResolvers<void>();
    const { runtime } = engine.runtimeOf({
      onCall: () => undefined,
      before: ({ method }) => {
        if (method !== 'replaceSlot') return undefined;
        claims();
        return held;
      },
    });
    const killing = halt(runtime, id, { state: 'KILLED' });
    await claiming;
    await engine.work(1, other);
    release();
    await killing;
    await scenario.is('a SUCCESS\n b SUCCESS\n c KILLED\n KILLED');
    await engine.work(1, other);
    await scenario.is('a SUCCESS\n b SUCCESS\n c KILLED\n KILLED');
  });

  test('by two, one of whom stands still until it has been restarted: nothing is claimed any more', async () => {
    const scenario = await Scenario.at(flow([pause, log('b')]), 1);
    const { engine, id } = scenario;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: claiming, resolve: claims } = Promise.withResolvers<void>();
    const { runtime } = engine.runtimeOf({
      onCall: () => undefined,
      before: ({ method }) => {
        // It has said that it kills, and looks for what there is.
        if (method !== 'readSlots' || engine.header(id).state !== 'KILLING') return undefined;
        claims();
        return held;
      },
    });
    const slow = halt(runtime, id, { state: 'FAILED' });
    await claiming;
    expect(await halt(engine.runtime, id, { state: 'FAILED' })).toBe('halted');
    await scenario.is('wait KILLED\n FAILED');
    expect((await restart(engine.runtime, id)).type).toBe('restarted');
    await engine.work();
    release();
    await slow;
    await scenario.is('wait PAUSED\n PAUSED');
    expect(await scenario.resume()).toBe('resumed');
    await scenario.is('b SUCCESS\n wait SUCCESS\n SUCCESS');
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
