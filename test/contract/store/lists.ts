import { expect } from 'vitest';
import type { Execution } from '../../../src/engine/execution.ts';
import type { ExecutionQuery, StateStore } from '../../../src/engine/ports.ts';
import { allPages, anExecution, epochMs, fresh } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

/** What a list shows for certain; packed values may be left out. */
function shown({ id, flow, state, epoch, createdAt, endedAt, labels }: Execution) {
  return { id, flow, state, epoch, createdAt, endedAt, labels };
}

/** Five executions of two flows of one namespace, a minute apart, oldest first; two have ended. */
async function createSome(store: StateStore): Promise<Execution[]> {
  const namespace = fresh('company.list');
  const made: Execution[] = [];
  for (const [index, flowId] of ['a', 'b', 'a', 'b', 'a'].entries()) {
    const flow = { namespace, id: flowId, revision: 1 };
    const execution = anExecution({ flow, createdAt: epochMs + index * 60_000 });
    await store.createExecution(execution);
    const end = { state: 'SUCCESS', endedAt: execution.createdAt + 5 } as const;
    if (index < 2) await store.endExecution(execution.id, 1, end);
    made.push(index < 2 ? { ...execution, ...end } : execution);
  }
  return made;
}

export function listPromises(promise: KeepsPromise, store: () => StateStore): void {
  executions(promise, store);
  overdue(promise, store);
}

function executions(promise: KeepsPromise, store: () => StateStore): void {
  const listed = async (query: Omit<ExecutionQuery, 'limit'>, limit = 2) => {
    const pages = await allPages((page) => store().listExecutions({ ...query, ...page }), limit);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
    return pages.flat().map(shown);
  };

  promise('executions are listed newest first, by namespace, by flow and by state', async () => {
    const made = (await createSome(store())).reverse().map(shown);
    const namespace = made[0]?.flow.namespace ?? '';
    expect(await listed({ namespace })).toEqual(made);
    for (const flowId of ['a', 'b']) {
      expect(await listed({ namespace, flowId })).toEqual(
        made.filter(({ flow }) => flow.id === flowId),
      );
    }
    for (const state of ['SUCCESS', 'CREATED', 'FAILED'] as const) {
      const inState = made.filter((execution) => execution.state === state);
      expect(await listed({ namespace, state })).toEqual(inState);
      expect(await listed({ namespace, flowId: 'a', state })).toEqual(
        inState.filter(({ flow }) => flow.id === 'a'),
      );
    }
    expect(await listed({ namespace: fresh('nobody') })).toEqual([]);
  });

  promise('without a namespace all executions are listed, with a state those in it', async () => {
    const made = (await createSome(store())).reverse().map(shown);
    const ours = new Set(made.map(({ id }) => id));
    const all = await listed({}, 7);
    expect(all.filter(({ id }) => ours.has(id))).toEqual(made);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const dates = all.map(({ createdAt }) => createdAt);
    expect(dates).toEqual([...dates].sort((a, b) => b - a));
    const ended = await listed({ state: 'SUCCESS' }, 7);
    expect(ended.filter(({ id }) => ours.has(id))).toEqual(
      made.filter(({ state }) => state === 'SUCCESS'),
    );
  });

  promise('executions made in one millisecond are paged each once', async () => {
    const flow = { namespace: fresh('company.list'), id: 'burst', revision: 1 };
    const made = Array.from({ length: 7 }, () => anExecution({ flow }));
    await Promise.all(made.map((execution) => store().createExecution(execution)));
    const ids = (await listed({ namespace: flow.namespace }, 3)).map(({ id }) => id);
    expect(ids.sort()).toEqual(made.map(({ id }) => id).sort());
  });
}

function overdue(promise: KeepsPromise, store: () => StateStore): void {
  promise('executions past their date are listed until they end or are postponed', async () => {
    // Long ago, so that nothing another test made can come before.
    const due = [3_000, 1_000, 2_000].map((dueAt) => anExecution({ dueAt }));
    for (const execution of due) await store().createExecution(execution);
    const [late, earliest, middle] = due.map(({ id }) => id) as [string, string, string];

    expect(await store().listOverdue(500, 10)).toEqual([]);
    expect(await store().listOverdue(2_500, 10)).toEqual([earliest, middle]);
    expect(await store().listOverdue(9_000, 2)).toEqual([earliest, middle]);
    await store().postpone(earliest, 8_000);
    expect(await store().listOverdue(9_000, 10)).toEqual([middle, late, earliest]);
    expect((await store().readExecution(earliest))?.dueAt).toBe(8_000);

    await store().endExecution(middle, 1, { state: 'SUCCESS', endedAt: epochMs });
    expect(await store().listOverdue(9_000, 10)).toEqual([late, earliest]);
    for (const id of [late, earliest]) {
      await store().endExecution(id, 1, { state: 'KILLED', endedAt: epochMs });
    }
    expect(await store().listOverdue(9_000, 10)).toEqual([]);
  });

  promise('postponing an execution that has ended, or was never there, does nothing', async () => {
    const execution = anExecution();
    await store().createExecution(execution);
    await store().endExecution(execution.id, 1, { state: 'SUCCESS', endedAt: epochMs });
    const nobody = fresh('nobody');
    await store().postpone(execution.id, 100);
    await store().postpone(nobody, 100);
    expect(await store().listOverdue(200, 10)).toEqual([]);
    expect((await store().readExecution(execution.id))?.dueAt).toBeUndefined();
    expect(await store().readExecution(nobody)).toBeUndefined();
  });
}
