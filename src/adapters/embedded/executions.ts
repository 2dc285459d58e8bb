/** Headers of executions: created, ended once per epoch, looked for when overdue. */
import type { Execution, Failure } from '../../engine/execution.ts';
import { readRecord, type StateStore } from '../../engine/ports.ts';
import type { State } from '../../engine/states.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Columns, fromColumn, present, type Row, toColumn } from './packed.ts';
import { type Bill, itemBytes, textBytes } from './units.ts';

export const executionColumns =
  'id, namespace, flow, revision, state, epoch, created_at, ended_at, due_at, record, error';
export const packedColumns = 'inputs, variables, cause, outputs';
export function executionsOf(
  commits: GroupCommit,
  bill: Bill,
): Pick<StateStore, 'createExecution' | 'readExecution' | 'endExecution'> {
  const { database } = commits;
  const insert = database.prepare(
    `INSERT INTO executions (${executionColumns}, ${packedColumns}, bytes)
     VALUES (${'?, '.repeat(15)}?) ON CONFLICT (id) DO NOTHING`,
  );
  const deleted = database.prepare('SELECT 1 FROM deleted WHERE execution = ?');
  const select = database.prepare(
    `SELECT ${executionColumns}, ${packedColumns}, bytes FROM executions WHERE id = ?`,
  );
  const end = database.prepare(
    `UPDATE executions SET state = ?, ended_at = ?, due_at = ?, outputs = ?, error = ?,
       bytes = bytes + ?
     WHERE id = ? AND epoch = ? AND ended_at IS NULL
     RETURNING ${executionColumns}, ${packedColumns}, bytes`,
  );

  return {
    createExecution: (execution) =>
      commits.write(() => {
        const columns = columnsOf(execution);
        const bytes = itemBytes(...columns);
        bill.write(bytes, execution.id);
        if (deleted.get(execution.id) !== undefined) return 'exists';
        return insert.run(...columns, bytes).changes === 1 ? 'created' : 'exists';
      }),

    readExecution: (id) =>
      commits.read(() => {
        const row = select.get(id);
        bill.read(Number(row?.['bytes'] ?? 0), id);
        return row && executionOf(row);
      }),

    endExecution: (id, epoch, { state, endedAt, dueAt, outputs, error }) =>
      commits.write(() => {
        const columns = [toColumn(outputs), error ? JSON.stringify(error) : null];
        const more = textBytes(columns);
        const row = end.get(state, endedAt, dueAt ?? null, ...columns, more, id, epoch);
        bill.write(Number(row?.['bytes'] ?? 0), id);
        return row && executionOf(row);
      }),
  };
}

/** What the sweep asks: who is overdue, and to be looked at later. */
export function overdueOf(
  commits: GroupCommit,
  bill: Bill,
): Pick<StateStore, 'postpone' | 'listOverdue'> {
  const { database } = commits;
  const postpone = database.prepare(
    'UPDATE executions SET due_at = ? WHERE id = ? AND due_at IS NOT NULL RETURNING bytes',
  );
  // Here a message is never lost: whoever has one is on its way, and needs no second.
  const overdue = database.prepare(
    `SELECT id FROM executions WHERE due_at <= ?
       AND id NOT IN (SELECT substr(key, 1, instr(key, ':') - 1) FROM messages)
     ORDER BY due_at, id LIMIT ?`,
  );

  return {
    postpone: (id, dueAt) =>
      commits.write(() => {
        const row = postpone.get(dueAt, id);
        bill.write(Number(row?.['bytes'] ?? 0), id);
      }),

    listOverdue: (now, limit) =>
      commits.read(() => {
        const ids = overdue.all(now, limit).map((row) => String(row['id']));
        bill.list(itemBytes(...ids));
        return ids;
      }),
  };
}

export function columnsOf(execution: Execution): Columns {
  const { id, flow, state, epoch, createdAt, endedAt, dueAt, error, ...others } = execution;
  const { inputs, variables, trigger, outputs, ...record } = others;
  return [
    id,
    flow.namespace,
    flow.id,
    flow.revision,
    state,
    epoch,
    createdAt,
    endedAt ?? null,
    dueAt ?? null,
    JSON.stringify(record),
    error ? JSON.stringify(error) : null,
    ...[inputs, variables, trigger, outputs].map(toColumn),
  ];
}

/** Columns that were not selected are left out; `inputs` is then empty text. */
export function executionOf(row: Row): Execution {
  return readRecord(String(row['id']), () => executionIn(row));
}

function executionIn(row: Row): Execution {
  const record = JSON.parse(String(row['record'])) as Pick<Execution, 'labels'>;
  return {
    id: String(row['id']),
    flow: {
      namespace: String(row['namespace']),
      id: String(row['flow']),
      revision: Number(row['revision']),
    },
    state: String(row['state']) as State,
    epoch: Number(row['epoch']),
    createdAt: Number(row['created_at']),
    inputs: fromColumn(row['inputs']) ?? '',
    ...record,
    ...present({
      endedAt: row['ended_at'] as number | null,
      dueAt: row['due_at'] as number | null,
      error: row['error'] === null ? null : (JSON.parse(String(row['error'])) as Failure),
      variables: fromColumn(row['variables']),
      trigger: fromColumn(row['cause']),
      outputs: fromColumn(row['outputs']),
    }),
  };
}
