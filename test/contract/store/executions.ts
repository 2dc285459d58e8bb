import { expect } from 'vitest';
import type { End, Execution, Packed } from '../../../src/engine/execution.ts';
import type { StateStore } from '../../../src/engine/ports.ts';
import { aClaim, anExecution, aSlot, collect, epochMs, fresh, someBytes } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

const success: End = { state: 'SUCCESS', endedAt: epochMs + 100 };

export function executionPromises(promise: KeepsPromise, store: () => StateStore): void {
  creating(promise, store);
  ending(promise, store);
  replacing(promise, store);
  deleting(promise, store);
}

function creating(promise: KeepsPromise, store: () => StateStore): void {
  promise('an execution is created once, and the record of the first stands', async () => {
    const first = anExecution();
    const second = { ...first, inputs: '{"name":"Two"}', createdAt: first.createdAt + 1 };
    expect(await store().createExecution(first)).toBe('created');
    expect(await store().createExecution(second)).toBe('exists');
    expect(await store().readExecution(first.id)).toEqual(first);
  });

  promise('of many creations at once exactly one creates', async () => {
    const id = fresh('execution');
    const rivals = Array.from({ length: 8 }, (_, n) => anExecution({ id, labels: { n: `${n}` } }));
    const results = await Promise.all(rivals.map((rival) => store().createExecution(rival)));
    expect(results.filter((result) => result === 'created')).toHaveLength(1);
    expect(await store().readExecution(id)).toEqual(rivals[results.indexOf('created')]);
  });

  promise('every field of an execution comes back as it was', async () => {
    const execution = anExecution({
      epoch: 3,
      endedAt: epochMs + 9,
      state: 'FAILED',
      variables: someBytes(700),
      trigger: { blob: 'some/address', bytes: 300_000 },
      outputs: '{"Grüße":"👋","n":3.0}',
      parentId: 'parent',
      originalId: 'original',
      version: 4,
      writer: 'abc123',
      marked: { path: 'a/b', state: 'WARNING' },
      scheduleDate: epochMs + 5,
      waiter: 'baton',
      chain: { number: 2, since: epochMs },
      breakpoints: ['one'],
      history: [{ state: 'PAUSED', at: epochMs }],
      labels: { 'system.correlationId': 'x', empty: '', 'ünï👋': 'çödé' },
      error: {
        code: 'http-status',
        message: 'answered 500 – nicht gut 👋',
        retryable: false,
        retryAfterMs: 1500,
        data: { status: 500, list: [1, 2.5, null], deep: { ok: true } },
        cause: { code: 'socket', message: '' },
      },
    });
    await store().createExecution(execution);
    expect(await store().readExecution(execution.id)).toEqual(execution);
  });

  promise('packed values of all three forms come back byte for byte', async () => {
    const forms: Packed[] = ['3.0', '""', someBytes(3000), { blob: 'a/b c', bytes: 5 }];
    for (const inputs of forms) {
      const execution = anExecution({ inputs });
      await store().createExecution(execution);
      expect((await store().readExecution(execution.id))?.inputs).toEqual(inputs);
    }
  });

  promise('an execution nobody created is not there', async () => {
    expect(await store().readExecution(fresh('nobody'))).toBeUndefined();
  });
}

function ending(promise: KeepsPromise, store: () => StateStore): void {
  promise('an execution ends once, with state, date, outputs and error', async () => {
    const execution = anExecution({ dueAt: epochMs + 60_000 });
    await store().createExecution(execution);
    const end: End = {
      state: 'FAILED',
      endedAt: epochMs + 100,
      outputs: someBytes(500),
      error: { code: 'expression', message: 'no such output' },
    };
    expect(await store().endExecution(execution.id, 1, end)).toBeDefined();
    expect(await store().endExecution(execution.id, 1, success)).toBeUndefined();
    const { dueAt: _, ...rest } = execution;
    expect(await store().readExecution(execution.id)).toEqual({ ...rest, ...end });
  });

  promise('an end returns the execution as it is then, and may leave work due', async () => {
    const execution = anExecution({ dueAt: epochMs + 60_000, waiter: 'somebody' });
    await store().createExecution(execution);
    const end: End = { ...success, dueAt: epochMs + 90_000 };
    const ended = { ...execution, ...end };
    expect(await store().endExecution(execution.id, 1, end)).toEqual(ended);
    expect(await store().readExecution(execution.id)).toEqual(ended);
    await store().postpone(execution.id, epochMs + 120_000);
    expect((await store().readExecution(execution.id))?.dueAt).toBe(epochMs + 120_000);
  });

  promise('of many ends at once exactly one ends it', async () => {
    const execution = anExecution();
    await store().createExecution(execution);
    const ends = Array.from({ length: 8 }, (_, n) => ({ ...success, endedAt: epochMs + n }));
    const won = await Promise.all(ends.map((end) => store().endExecution(execution.id, 1, end)));
    expect(won.filter(Boolean)).toHaveLength(1);
    const record = await store().readExecution(execution.id);
    expect(record).toEqual(won.find(Boolean));
  });

  promise('a step of another epoch cannot end the execution', async () => {
    const execution = anExecution({ epoch: 2 });
    await store().createExecution(execution);
    expect(await store().endExecution(execution.id, 1, success)).toBeUndefined();
    expect(await store().readExecution(execution.id)).toEqual(execution);
    expect(await store().endExecution(execution.id, 2, success)).toBeDefined();
  });

  promise('ending an execution nobody created does nothing', async () => {
    const id = fresh('nobody');
    expect(await store().endExecution(id, 1, success)).toBeUndefined();
    expect(await store().readExecution(id)).toBeUndefined();
  });
}

function replacing(promise: KeepsPromise, store: () => StateStore): void {
  promise('a header is replaced only as it was read', async () => {
    const seen = anExecution({ state: 'RUNNING' });
    await store().createExecution(seen);
    const killing: Execution = {
      ...seen,
      state: 'KILLING',
      epoch: 2,
      dueAt: epochMs + 7,
      history: [{ state: 'KILLING', at: epochMs }],
      halting: { state: 'KILLED', error: { code: 'sla', message: 'too long' } },
      breakpoints: ['a.1'],
      waiter: '{}',
      chain: { number: 2, since: epochMs },
    };
    expect(await store().replaceExecution(seen, killing)).toBe(true);
    const now = { ...killing, version: 1 };
    expect(await store().readExecution(seen.id)).toEqual(now);
    // The same request again, and one that read the state before.
    expect(await store().replaceExecution(seen, killing)).toBe(false);
    expect(await store().replaceExecution({ ...now, version: 2 }, killing)).toBe(false);
    expect(await store().readExecution(seen.id)).toEqual(now);
    expect(await store().replaceExecution(now, { ...now, labels: { a: 'b' } })).toBe(true);
    expect((await store().readExecution(seen.id))?.version).toBe(2);
  });

  promise('of a replacement and an end at once one wins', async () => {
    const seen = anExecution({ state: 'RUNNING' });
    await store().createExecution(seen);
    const [replaced, ended] = await Promise.all([
      store().replaceExecution(seen, { ...seen, state: 'KILLING', epoch: 2 }),
      store().endExecution(seen.id, 1, success),
    ]);
    expect(replaced).toBe(ended === undefined);
  });

  promise('an execution that nobody created cannot be replaced', async () => {
    const seen = anExecution();
    expect(await store().replaceExecution(seen, seen)).toBe(false);
    expect(await store().readExecution(seen.id)).toBeUndefined();
  });
}

function deleting(promise: KeepsPromise, store: () => StateStore): void {
  const joinKeys = (id: string) => ({ id, key: { path: 'each', epoch: 1, shard: '0.7' } });

  promise(
    'an execution is deleted with all that lies below it, and with nothing else',
    async () => {
      const dueAt = epochMs - 1_000_000_000;
      const [gone, other] = [anExecution({ dueAt }), anExecution()];
      for (const { id } of [gone, other]) {
        await store().commitSlot(id, aSlot());
        await store().commitSlot(id, aSlot({ path: 'each[5000]/far' }));
        await store().addToJoin(id, joinKeys(id).key, '1=SUCCESS');
        await store().claimMember(id, aClaim());
      }
      for (const each of [gone, other]) await store().createExecution(each);
      expect(await store().deleteExecution(gone)).toBe(true);
      expect(await store().readExecution(gone.id)).toBeUndefined();
      expect(await collect(store().readSlots(gone.id))).toEqual([]);
      expect(await store().readPlaces(gone.id, 'each', 1)).toBeUndefined();
      expect(await store().addToJoin(gone.id, joinKeys(gone.id).key, '2=SUCCESS')).toEqual([
        '2=SUCCESS',
      ]);
      expect(await store().listOverdue(epochMs, 1000)).not.toContain(gone.id);
      const { namespace } = gone.flow;
      expect((await store().listExecutions({ namespace, limit: 5 })).items).toEqual([]);
      expect(await store().readExecution(other.id)).toEqual(other);
      expect(await collect(store().readSlots(other.id))).toHaveLength(2);
      expect(await store().readPlaces(other.id, 'each', 1)).toBeDefined();
      expect(await store().addToJoin(other.id, joinKeys(other.id).key, '2=SUCCESS')).toHaveLength(
        2,
      );
    },
  );

  promise('more slots than one request takes are deleted', async () => {
    const execution = anExecution();
    const paths = Array.from({ length: 60 }, (_, index) => `each[${index * 20}]/a`);
    await store().createExecution(execution);
    for (const path of paths) await store().commitSlot(execution.id, aSlot({ path }));
    expect(await collect(store().readSlots(execution.id))).toHaveLength(60);
    expect(await store().deleteExecution(execution)).toBe(true);
    expect(await collect(store().readSlots(execution.id))).toEqual([]);
  });

  promise('an execution that was deleted is gone, and its id stays taken', async () => {
    const dueAt = epochMs - 1_000_000_000;
    const execution = anExecution({ dueAt });
    await store().createExecution(execution);
    expect(await store().deleteExecution(execution)).toBe(true);
    expect(await store().createExecution(execution)).toBe('exists');
    expect(await store().readExecution(execution.id)).toBeUndefined();
    expect(await store().replaceExecution(execution, execution)).toBe(false);
    expect(await store().endExecution(execution.id, execution.epoch, success)).toBeUndefined();
    await store().postpone(execution.id, dueAt);
    expect(await store().deleteExecution(execution)).toBe(false);
    expect(await store().readExecution(execution.id)).toBeUndefined();
    expect(await store().listOverdue(epochMs, 1000)).not.toContain(execution.id);
    const { namespace } = execution.flow;
    expect((await store().listExecutions({ namespace, limit: 5 })).items).toEqual([]);
  });

  promise('an execution is deleted only as it was read', async () => {
    const seen = anExecution({ state: 'FAILED', endedAt: epochMs });
    await store().createExecution(seen);
    await store().commitSlot(seen.id, aSlot());
    expect(await store().replaceExecution(seen, { ...seen, state: 'RUNNING', epoch: 2 })).toBe(
      true,
    );
    expect(await store().deleteExecution(seen)).toBe(false);
    expect((await store().readExecution(seen.id))?.epoch).toBe(2);
    expect(await store().readSlot(seen.id, 'post_item')).toEqual(aSlot());
  });

  promise('an execution that nobody created cannot be deleted', async () => {
    expect(await store().deleteExecution(anExecution())).toBe(false);
  });
}
