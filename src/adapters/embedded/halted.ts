/** Executions whose messages need not be worked on any more. */
import type { StateStore } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Bill, itemBytes } from './units.ts';

/** Messages wait here as long as no process works on them. */
const keptMs = 30 * 24 * 3_600_000;

export function haltedOf(
  commits: GroupCommit,
  bill: Bill,
): Pick<StateStore, 'noteHalted' | 'readHalted'> {
  const { database } = commits;
  return {
    noteHalted: (id, epoch, now) =>
      commits.write(() => {
        database.prepare('DELETE FROM halted WHERE at < ?').run(now - keptMs);
        const note = database.prepare(
          `INSERT INTO halted (execution, epoch, at) VALUES (?, ?, ?)
           ON CONFLICT (execution) DO UPDATE SET epoch = max(epoch, excluded.epoch)`,
        );
        note.run(id, epoch, now);
        bill.write(itemBytes(id), id);
      }),

    readHalted: () =>
      commits.read(() => {
        // A key may have started an execution of the same id since one was deleted.
        const select = database.prepare(
          `SELECT execution, halted.epoch FROM halted LEFT JOIN executions ON id = execution
           WHERE created_at IS NULL OR created_at <= at`,
        );
        const rows = select.all();
        bill.list(itemBytes(...rows.map((row) => row['execution'])));
        return new Map(rows.map((row) => [String(row['execution']), Number(row['epoch'])]));
      }),
  };
}
