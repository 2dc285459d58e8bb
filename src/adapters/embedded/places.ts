/** Who may run at once of a flow, and who waits, oldest first. */
import type { StateStore } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Bill, itemBytes } from './units.ts';

type Sets = Pick<StateStore, 'joinFlowSet' | 'leaveFlowSet' | 'readFlowSet'>;
type Queues = Pick<StateStore, 'enqueueExecution' | 'dequeueExecution' | 'nextQueued'>;

export function flowSetsOf(commits: GroupCommit, bill: Bill): Sets {
  const { database } = commits;
  const set = 'namespace = ? AND id = ? AND name = ?';
  const members = database.prepare(`SELECT member FROM flow_sets WHERE ${set}`);
  const join = database.prepare(
    'INSERT INTO flow_sets (namespace, id, name, member) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const leave = database.prepare(`DELETE FROM flow_sets WHERE ${set} AND member = ?`);
  const inSet = (namespace: string, id: string, name: string) =>
    members.all(namespace, id, name).map((row) => String(row['member']));

  return {
    joinFlowSet: ({ namespace, id, set: name }, member, max) =>
      commits.write(() => {
        const standing = inSet(namespace, id, name);
        bill.write(itemBytes(namespace, id, ...standing, member));
        if (standing.includes(member)) return true;
        if (standing.length >= max) return false;
        join.run(namespace, id, name, member);
        return true;
      }),

    leaveFlowSet: ({ namespace, id, set: name }, left) =>
      commits.write(() => {
        bill.write(itemBytes(namespace, id, ...inSet(namespace, id, name)));
        for (const member of left) leave.run(namespace, id, name, member);
      }),

    readFlowSet: ({ namespace, id, set: name }) =>
      commits.read(() => {
        const standing = inSet(namespace, id, name);
        bill.read(itemBytes(namespace, id, ...standing));
        return standing;
      }),
  };
}

export function queuesOf(commits: GroupCommit, bill: Bill): Queues {
  const { database } = commits;
  const enqueue = database.prepare(
    `INSERT INTO queued (namespace, id, created_at, execution) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const dequeue = database.prepare(
    'DELETE FROM queued WHERE namespace = ? AND id = ? AND created_at = ? AND execution = ?',
  );
  const next = database.prepare(
    `SELECT created_at, execution FROM queued WHERE namespace = ? AND id = ?
     ORDER BY created_at, execution LIMIT 1`,
  );

  return {
    enqueueExecution: (flow, { id, createdAt }) =>
      commits.write(() => {
        enqueue.run(flow.namespace, flow.id, createdAt, id);
        bill.write(itemBytes(flow.namespace, flow.id, id), id);
      }),

    dequeueExecution: (flow, { id, createdAt }) =>
      commits.write(() => {
        dequeue.run(flow.namespace, flow.id, createdAt, id);
        bill.write(itemBytes(flow.namespace, flow.id, id), id);
      }),

    nextQueued: ({ namespace, id }) =>
      commits.read(() => {
        const row = next.get(namespace, id);
        bill.read(itemBytes(namespace, id));
        if (row === undefined) return undefined;
        return { id: String(row['execution']), createdAt: Number(row['created_at']) };
      }),
  };
}
