/** What triggers remember, and the flows that other flows may start. */
import type { Clock, StateStore } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Bill, itemBytes } from './units.ts';

export function triggersOf(
  commits: GroupCommit,
  bill: Bill,
  clock: Clock,
): Pick<StateStore, 'listListeners' | 'readTriggerState' | 'writeTriggerState'> {
  const { database } = commits;
  const listeners = database.prepare('SELECT namespace, id, revision FROM listeners');
  const record = 'namespace = ? AND flow = ? AND trigger_id = ? AND name = ?';
  const select = database.prepare(
    `SELECT version, value, expires_at FROM trigger_states WHERE ${record}`,
  );
  const insert = database.prepare(
    `INSERT INTO trigger_states (namespace, flow, trigger_id, name, version, value, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const update = database.prepare(
    `UPDATE trigger_states SET version = ?, value = ?, expires_at = ?
     WHERE ${record} AND version = ?`,
  );
  const expire = database.prepare(
    `DELETE FROM trigger_states
     WHERE namespace = ? AND flow = ? AND trigger_id = ? AND name <> ? AND expires_at < ?`,
  );

  return {
    listListeners: () =>
      commits.read(() => {
        const rows = listeners.all().map((row) => ({
          namespace: String(row['namespace']),
          id: String(row['id']),
          revision: Number(row['revision']),
        }));
        bill.read(itemBytes(...rows.flatMap(({ namespace, id }) => [namespace, id])));
        return rows;
      }),

    readTriggerState: ({ namespace, flowId, triggerId, name }) =>
      commits.read(() => {
        const row = select.get(namespace, flowId, triggerId, name);
        bill.read(itemBytes(row?.['value']));
        if (row === undefined) return undefined;
        return {
          version: Number(row['version']),
          value: String(row['value']),
          expiresAt: Number(row['expires_at']),
        };
      }),

    writeTriggerState: ({ namespace, flowId, triggerId, name }, { version, value, expiresAt }) =>
      commits.write(() => {
        const key = [namespace, flowId, triggerId, name] as const;
        bill.write(itemBytes(...key, value));
        if (version > 1) {
          return update.run(version, value, expiresAt, ...key, version - 1).changes === 1;
        }
        // A new record is the moment to let go of those before it: nothing else deletes them here.
        expire.run(...key, clock.now());
        return insert.run(...key, version, value, expiresAt).changes === 1;
      }),
  };
}
