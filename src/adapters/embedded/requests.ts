/** What requests from outside do to a header: it is replaced or deleted as it was read (B6). */
import type { StateStore } from '../../engine/ports.ts';
import { columnsOf, executionColumns, packedColumns } from './executions.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Bill, itemBytes } from './units.ts';

/** A header as it was read: nothing has changed it since. */
const isSeen =
  "id = ? AND epoch = ? AND state = ? AND coalesce(json_extract(record, '$.version'), 0) = ?";

export function requestsOf(
  commits: GroupCommit,
  bill: Bill,
): Pick<StateStore, 'replaceExecution' | 'deleteExecution'> {
  const { database } = commits;
  const replace = database.prepare(
    `UPDATE executions SET (${executionColumns}, ${packedColumns}, bytes) =
       (${'?, '.repeat(15)}?)
     WHERE ${isSeen} RETURNING bytes`,
  );
  const remove = database.prepare(`DELETE FROM executions WHERE ${isSeen} RETURNING bytes`);
  const mark = database.prepare('INSERT INTO deleted (execution) VALUES (?)');
  const below = ['slots', 'joins', 'fans', 'claims', 'logs'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE execution = ?`),
  );

  return {
    replaceExecution: (seen, next) =>
      commits.write(() => {
        const columns = columnsOf({ ...next, version: (seen.version ?? 0) + 1 });
        const bytes = itemBytes(...columns);
        const { id, epoch, state, version = 0 } = seen;
        const row = replace.get(...columns, bytes, id, epoch, state, version);
        bill.write(row === undefined ? 0 : bytes, id);
        return row !== undefined;
      }),

    deleteExecution: ({ id, epoch, state, version = 0 }) =>
      commits.write(() => {
        const row = remove.get(id, epoch, state, version);
        bill.write(Number(row?.['bytes'] ?? 0), id);
        if (row === undefined) return false;
        mark.run(id);
        for (const table of below) {
          const { changes } = table.run(id);
          for (let item = 0; item < changes; item++) bill.write(0, id);
        }
        return true;
      }),
  };
}
