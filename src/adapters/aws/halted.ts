/**
 * Executions halted lately: a set of notes for each span of five minutes, read by the keys of this
 * span and the one before. Warm functions read it once a second, so it must be one small request.
 */
import type { StateStore } from '../../engine/ports.ts';
import { number } from './attributes.ts';
import { type Database, RecordTooLarge } from './database.ts';
import { haltedKey } from './table.ts';

const spanMs = 5 * 60_000;

export function halted(database: Database): Pick<StateStore, 'noteHalted' | 'readHalted'> {
  return {
    async noteHalted(id, epoch, now) {
      const span = Math.floor(now / spanMs);
      try {
        await database.update(haltedKey(span), {
          expression: 'ADD #m :m SET #ttl = :ttl',
          values: {
            ':m': { SS: [`${epoch}#${id}`] },
            ':ttl': number(Math.ceil(((span + 3) * spanMs) / 1000)),
          },
        });
      } catch (error) {
        // A set that is full tells of thousands already: this one is stopped by its slots alone.
        if (!(error instanceof RecordTooLarge)) throw error;
      }
    },

    async readHalted(now) {
      const span = Math.floor(now / spanMs);
      const found = new Map<string, number>();
      for (const item of await database.getMany([haltedKey(span), haltedKey(span - 1)], ['m'])) {
        for (const note of item['m']?.SS ?? []) {
          const end = note.indexOf('#');
          const id = note.slice(end + 1);
          found.set(id, Math.max(found.get(id) ?? 0, Number(note.slice(0, end))));
        }
      }
      return found;
    },
  };
}
