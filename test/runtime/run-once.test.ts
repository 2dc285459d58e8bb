/**
 * `runOnce` under crashes: a fault is put at every call of a port in turn, and whatever happens, no
 * attempt runs twice and the execution ends.
 */
import { expect, test } from 'vitest';
import { type Fault, faultAt, noFaults } from '../../src/adapters/simulated/faults.ts';
import { halt } from '../../src/runtime/halt.ts';
import { recover } from '../../src/runtime/recover.ts';
import { restart } from '../../src/runtime/restart.ts';
import { step } from '../../src/runtime/step.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { drive, epochMs, start, type World, world } from '../helpers/crashing.ts';

const flowOf = (more = ''): string => `
id: once
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.log.Log, message: "a runs", runOnce: true${more}}
  - {id: b, type: io.kestra.plugin.core.log.Log, message: "b runs"}`;

async function outcome({ runtime, logs, clock }: World, id: string) {
  const view = await viewExecution(runtime, id);
  const lines = (await logs.readLogs(id)).map(({ message }) => message);
  const run = view?.taskRuns.find(({ taskId }) => taskId === 'a');
  return {
    state: view?.state,
    error: run?.error?.code,
    attempts: run?.attempts?.length,
    runs: lines.filter((line) => line === 'a runs').length,
    laterMs: clock.now() - epochMs,
  };
}

const faults: readonly Fault[] = ['crash-before', 'crash-after', 'refused', 'unknown'];

test.each(faults)(
  '%s, anywhere: it runs once at most, and fails where it may have',
  async (fault) => {
    const seen = new Set<string>();
    for (let place = 0; ; place += 1) {
      const one = world();
      const id = await start(one, flowOf());
      const plan = faultAt(place, fault);
      await drive(one, plan);
      const { state, error, runs } = await outcome(one, id);
      expect(runs, `fault at ${place}`).toBeLessThanOrEqual(1);
      if (state === 'SUCCESS') expect(runs).toBe(1);
      else expect([state, error]).toEqual(['FAILED', 'may-have-run']);
      seen.add(`${state} ${runs}`);
      if (plan.calls <= place) break;
    }
    // Lost between claim and run, or between run and result: both come up, unless nothing was lost.
    const expected: Readonly<Record<Fault, readonly string[]>> = {
      'crash-before': ['FAILED 1', 'SUCCESS 1'],
      'crash-after': ['FAILED 0', 'SUCCESS 1'],
      refused: ['FAILED 1', 'SUCCESS 1'],
      unknown: ['FAILED 0', 'SUCCESS 1'],
      repeated: ['SUCCESS 1'],
    };
    expect([...seen].toSorted()).toEqual(expected[fault]);
  },
);

test.each(faults)('%s, anywhere: a retry is a further attempt', async (fault) => {
  const more = ', retry: {type: constant, interval: PT1S, maxAttempts: 2}';
  for (let place = 0; ; place += 1) {
    const one = world();
    const id = await start(one, flowOf(more));
    const plan = faultAt(place, fault);
    await drive(one, plan);
    const { state, attempts = 0, runs } = await outcome(one, id);
    expect(state, `fault at ${place}`).toBe('SUCCESS');
    expect(runs).toBeLessThanOrEqual(attempts);
    if (plan.calls <= place) break;
  }
});

test('a message that comes twice at once: one runs, and the other waits to see', async () => {
  const one = world();
  const id = await start(one, flowOf());
  const delivery = one.queue.receive();
  const workers = [one.worker(noFaults), one.worker(noFaults)];
  await Promise.all(workers.map(({ runtime }) => step(runtime, delivery?.body ?? '', 1)));
  delivery?.done();
  await drive(one, noFaults);
  expect(await outcome(one, id)).toMatchObject({ state: 'SUCCESS', runs: 1, attempts: 1 });
});

test('a claim whose answer was lost, and that was written again, is one', async () => {
  const one = world();
  const id = await start(one, flowOf());
  const { store } = one.runtime;
  const twice = async (...asked: Parameters<typeof store.commitSlot>) => {
    await store.commitSlot(...asked);
    return store.commitSlot(...asked);
  };
  const runtime = { ...one.runtime, store: { ...store, commitSlot: twice } };
  const delivery = one.queue.receive();
  await step(runtime, delivery?.body ?? '', 1);
  delivery?.done();
  await drive(one, noFaults);
  expect(await outcome(one, id)).toMatchObject({ state: 'SUCCESS', runs: 1 });
});

test('a run whose message is lost with its worker is found by recovery, and failed in time', async () => {
  for (const [more, lane] of [
    ['', 60_000],
    [', timeout: PT5M', 850_000],
  ] as const) {
    const one = world();
    const id = await lostAfterClaim(one, more);
    const execution = await one.runtime.store.readExecution(id);
    if (execution) await recover(one.runtime, execution);
    await drive(one, noFaults);
    const ended = await outcome(one, id);
    expect(ended).toMatchObject({ state: 'FAILED', error: 'may-have-run', runs: 0 });
    expect(ended.laterMs).toBe(lane);
  }
});

/** A worker claims the run and is lost, with its message. */
async function lostAfterClaim(one: World, more = ''): Promise<string> {
  const id = await start(one, flowOf(more));
  const delivery = one.queue.receive();
  const { life, runtime } = one.worker(faultAt(0, 'crash-after'));
  void step(runtime, delivery?.body ?? '', 1);
  await life.crashed;
  delivery?.done();
  return id;
}

test('a claimed run can be killed', async () => {
  const one = world();
  const id = await lostAfterClaim(one);
  await halt(one.runtime, id, { state: 'KILLED' });
  await drive(one, noFaults);
  expect(await outcome(one, id)).toMatchObject({ state: 'KILLED', runs: 0, laterMs: 0 });
});

test('whoever restarts it says that it may run again', async () => {
  const one = world();
  const id = await lostAfterClaim(one);
  const execution = await one.runtime.store.readExecution(id);
  if (execution) await recover(one.runtime, execution);
  await drive(one, noFaults);
  expect((await outcome(one, id)).state).toBe('FAILED');
  expect((await restart(one.runtime, id)).type).toBe('restarted');
  await drive(one, noFaults);
  expect(await outcome(one, id)).toMatchObject({ state: 'SUCCESS', runs: 1, attempts: 2 });
});
