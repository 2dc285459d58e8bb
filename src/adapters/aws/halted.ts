/**
 * Executions halted lately: a set of notes for each span of five minutes, read by the keys of this
 * span and the one before, and a set of those that are paused. Warm functions read them once a second,
 * so it must be one small request.
 */
import type { Halted, StateStore } from '../../engine/ports.ts';
import { number } from './attributes.ts';
import { type Database, type Item, RecordTooLarge } from './database.ts';
import { haltedKey, pausedKey } from './table.ts';

const spanMs = 5 * 60_000;

type Notes = Pick<StateStore, 'noteHalted' | 'notePaused' | 'forgetPaused' | 'readHalted'>;

export function halted(database: Database): Notes {
  const setPaused = async (action: 'ADD' | 'DELETE', name: string): Promise<void> => {
    const values = { ':m': { SS: [name] } };
    await database.update(pausedKey, { expression: `${action} #m :m`, values });
  };
  return {
    notePaused: (name) => setPaused('ADD', name),
    forgetPaused: (name) => setPaused('DELETE', name),

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
      const keys = [haltedKey(span), haltedKey(span - 1), pausedKey];
      return toldBy(await database.getMany(keys, ['sk', 'm']));
    },
  };
}

function toldBy(items: readonly Item[]): Halted {
  const epochs = new Map<string, number>();
  const paused = new Set<string>();
  for (const { sk, m } of items) {
    for (const note of m?.SS ?? []) {
      if (sk?.S === pausedKey.sk) paused.add(note);
      else {
        const end = note.indexOf('#');
        const id = note.slice(end + 1);
        epochs.set(id, Math.max(epochs.get(id) ?? 0, Number(note.slice(0, end))));
      }
    }
  }
  return { epochs, paused };
}
