/** Slots: at most one result per (epoch, turn), decided by one conditional statement (B1). */
import type { Slot } from '../../engine/execution.ts';
import { readRecord, type StateStore } from '../../engine/ports.ts';
import { endStates, type State } from '../../engine/states.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Columns, fromColumn, present, type Row, toColumn } from './packed.ts';
import { type Bill, itemBytes } from './units.ts';

const columns = 'path, epoch, turn, state, record, outputs, fan';
const insertion = `INSERT INTO slots (execution, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const ends = endStates.map((state) => `'${state}'`).join(', ');
/** Rows read at a time, so that a wide execution is never in memory as a whole. */
const pageRows = 500;
const lastCharacter = '\u{10FFFF}';

export function slotsOf(
  commits: GroupCommit,
  bill: Bill,
): Pick<StateStore, 'commitSlot' | 'replaceSlot' | 'readSlot' | 'readSlots'> {
  const { database } = commits;
  const upsert = database.prepare(
    `${insertion}
     ON CONFLICT (execution, path) DO UPDATE SET epoch = excluded.epoch, turn = excluded.turn,
       state = excluded.state, record = excluded.record, outputs = excluded.outputs,
       fan = excluded.fan
     WHERE excluded.epoch > slots.epoch OR (excluded.epoch = slots.epoch
       AND excluded.turn > slots.turn AND slots.state NOT IN (${ends}))`,
  );
  const insert = database.prepare(`${insertion} ON CONFLICT (execution, path) DO NOTHING`);
  const replace = database.prepare(
    `UPDATE slots SET (${columns}) = (?, ?, ?, ?, ?, ?, ?)
     WHERE execution = ? AND path = ? AND epoch = ? AND turn = ?`,
  );
  const select = database.prepare(`SELECT ${columns} FROM slots WHERE execution = ? AND path = ?`);
  const page = database.prepare(
    `SELECT ${columns} FROM slots WHERE execution = ? AND path > ? AND path < ? ORDER BY path LIMIT ?`,
  );
  const read = (id: string, path: string): Slot | undefined => {
    const row = select.get(id, path);
    bill.read(row ? itemBytes(id, ...Object.values(row)) : 0, id);
    return row && slotOf(id, row);
  };

  return {
    commitSlot: (id, slot) =>
      commits.write(() => {
        const values = columnsOf(slot);
        const { changes } = upsert.run(id, ...values);
        bill.write(itemBytes(id, ...values), id);
        if (changes === 1) return { won: true };
        const standing = read(id, slot.path);
        if (standing === undefined) throw new Error(`the slot ${slot.path} of ${id} vanished`);
        return { won: false, slot: standing };
      }),

    replaceSlot: (id, seen, slot) =>
      commits.write(() => {
        const values = columnsOf(slot);
        const { changes } = seen
          ? replace.run(...values, id, slot.path, seen.epoch, seen.turn)
          : insert.run(id, ...values);
        bill.write(itemBytes(id, ...values), id);
        return changes === 1;
      }),

    readSlot: (id, path) => commits.read(() => read(id, path)),

    async *readSlots(id, prefix = '') {
      // No path is a prefix that is asked for, and none goes on with this character.
      const end = `${prefix}${lastCharacter}`;
      let after = prefix;
      for (;;) {
        const rows = await commits.read(() => page.all(id, after, end, pageRows));
        const sizes = rows.map((row) => itemBytes(id, ...Object.values(row)));
        bill.read(
          sizes.reduce((sum, size) => sum + size, 0),
          id,
        );
        for (const row of rows) yield slotOf(id, row);
        if (rows.length < pageRows) return;
        after = String(rows.at(-1)?.['path']);
      }
    },
  };
}

function columnsOf(slot: Slot): Columns {
  const { path, epoch, turn, state, outputs, fan, ...record } = slot;
  return [path, epoch, turn, state, JSON.stringify(record), toColumn(outputs), toColumn(fan)];
}

function slotOf(execution: string, row: Row): Slot {
  return readRecord(`${String(row['path'])} of ${execution}`, () => slotIn(row));
}

function slotIn(row: Row): Slot {
  const record = JSON.parse(String(row['record'])) as Pick<Slot, 'startedAt' | 'endedAt'>;
  return {
    path: String(row['path']),
    epoch: Number(row['epoch']),
    turn: Number(row['turn']),
    state: String(row['state']) as State,
    ...record,
    ...present({ outputs: fromColumn(row['outputs']), fan: fromColumn(row['fan']) }),
  };
}
