/** Replay, and another end for a task run, on the real runtime. */
import { describe, expect, test } from 'vitest';
import { replayExecution } from '../../src/runtime/fork.ts';
import { changeTaskRunState } from '../../src/runtime/restart.ts';
import { around, failing, flow, forEach, lines, log, Scenario, shown } from './scenario.ts';

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
