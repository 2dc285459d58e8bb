/**
 * What triggers remember, and the flows that other flows may start. A listener's entry is written
 * before its revision and taken back after the revision without triggers: cut short in between, it
 * names a flow too many, never one too few.
 */
import { isListener, type Flow, type FlowKey } from '../../engine/flow.ts';
import type { StateStore } from '../../engine/ports.ts';
import { number, reader, text } from './attributes.ts';
import type { Database } from './database.ts';
import { listenerKey, listenerPartition, triggerStateKey } from './table.ts';

export function triggers(
  database: Database,
): Pick<StateStore, 'listListeners' | 'readTriggerState' | 'writeTriggerState'> {
  return {
    async listListeners() {
      const found: FlowKey[] = [];
      const entries = database.query({
        partition: listenerPartition,
        filter: '#l = :l',
        values: { ':l': number(1) },
      });
      for await (const item of entries) {
        const read = reader(item);
        const [namespace = '', id = ''] = read.text('sk').split('#');
        found.push({ namespace, id, revision: read.number('r') });
      }
      return found;
    },

    async readTriggerState(key) {
      const item = await database.get(triggerStateKey(key));
      if (item === undefined) return undefined;
      const read = reader(item);
      return { version: read.number('n'), value: read.text('v'), expiresAt: read.number('x') };
    },

    async writeTriggerState(key, { version, value, expiresAt }) {
      const { pk, sk } = triggerStateKey(key);
      const item = {
        pk: text(pk),
        sk: text(sk),
        n: number(version),
        v: text(value),
        x: number(expiresAt),
        ttl: number(Math.ceil(expiresAt / 1000)),
      };
      return version === 1
        ? database.put(item, 'attribute_not_exists(#pk)')
        : database.put(item, '#n = :n', { ':n': number(version - 1) });
    },
  };
}

/** Before the revision is stored. */
export async function announceListener(database: Database, flow: Flow): Promise<void> {
  if (isListener(flow)) await enter(database, flow, 1);
}

/** After the revision is stored. */
export async function retractListener(
  database: Database,
  flow: Flow,
  before: Flow | undefined,
): Promise<void> {
  if (before && isListener(before) && !isListener(flow)) await enter(database, flow, 0);
}

async function enter(database: Database, { namespace, id, revision }: FlowKey, listens: 0 | 1) {
  // Never backwards: the writer of an older revision may be the slower one.
  await database.update(listenerKey(namespace, id), {
    expression: 'SET #r = :r, #l = :l',
    condition: 'attribute_not_exists(#r) OR #r < :r',
    values: { ':r': number(revision), ':l': number(listens) },
  });
}
