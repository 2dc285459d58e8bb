/** Executions whose messages need not be worked on any more. */
import type { StateStore } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Bill, itemBytes } from './units.ts';

/** Messages wait here as long as no process works on them. */
const keptMs = 30 * 24 * 3_600_000;

export function haltedOf(
  commits: GroupCommit,
  bill: Bill,
): Pick<StateStore, 'noteHalted' | 'notePaused' | 'forgetPaused' | 'readHalted'> {
  const { database } = commits;
  const writePaused = (statement: string, name: string): Promise<void> =>
    commits.write(() => {
      database.prepare(statement).run(name);
      bill.write(itemBytes(name));
    });
  return {
    notePaused: (name) => writePaused('INSERT OR IGNORE INTO paused (execution) VALUES (?)', name),
    forgetPaused: (name) => writePaused('DELETE FROM paused WHERE execution = ?', name),

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
        const paused = database.prepare('SELECT execution FROM paused').all();
        bill.list(itemBytes(...[...rows, ...paused].map((row) => row['execution'])));
        return {
          epochs: new Map(rows.map((row) => [String(row['execution']), Number(row['epoch'])])),
          paused: new Set(paused.map((row) => String(row['execution']))),
        };
      }),
  };
}
