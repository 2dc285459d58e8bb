/** What triggers remember, and the flows that other flows may start. */
import type { DatabaseSync } from 'node:sqlite';
import { type Flow, isListener } from '../../engine/flow.ts';
import type { Clock, StateStore } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { type Bill, itemBytes } from './units.ts';

/** Prepared when first used: a store that an older Baton made has no such tables for readers. */
function statementsOf(database: DatabaseSync) {
  const record = 'namespace = ? AND flow = ? AND trigger_id = ? AND name = ?';
  return {
    listeners: database.prepare('SELECT namespace, id, revision FROM listeners'),
    select: database.prepare(
      `SELECT version, value, expires_at FROM trigger_states WHERE ${record}`,
    ),
    insert: database.prepare(
      `INSERT INTO trigger_states (namespace, flow, trigger_id, name, version, value, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    update: database.prepare(
      `UPDATE trigger_states SET version = ?, value = ?, expires_at = ?
       WHERE ${record} AND version = ?`,
    ),
    expire: database.prepare(
      `DELETE FROM trigger_states
       WHERE namespace = ? AND flow = ? AND trigger_id = ? AND name <> ? AND expires_at < ?`,
    ),
  };
}

/** A listener is entered with its revision, in one transaction. */
export function enterListener(database: DatabaseSync, flow: Flow): void {
  const { namespace, id, revision } = flow;
  database.prepare('DELETE FROM listeners WHERE namespace = ? AND id = ?').run(namespace, id);
  if (!isListener(flow)) return;
  database
    .prepare('INSERT INTO listeners (namespace, id, revision) VALUES (?, ?, ?)')
    .run(namespace, id, revision);
}

export function triggersOf(
  commits: GroupCommit,
  bill: Bill,
  clock: Clock,
): Pick<StateStore, 'listListeners' | 'readTriggerState' | 'writeTriggerState'> {
  let prepared: ReturnType<typeof statementsOf> | undefined;
  const statements = () => (prepared ??= statementsOf(commits.database));

  return {
    listListeners: () =>
      commits.read(() => {
        const rows = statements()
          .listeners.all()
          .map((row) => ({
            namespace: String(row['namespace']),
            id: String(row['id']),
            revision: Number(row['revision']),
          }));
        bill.read(itemBytes(...rows.flatMap(({ namespace, id }) => [namespace, id])));
        return rows;
      }),

    readTriggerState: ({ namespace, flowId, triggerId, name }) =>
      commits.read(() => {
        const row = statements().select.get(namespace, flowId, triggerId, name);
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
          return (
            statements().update.run(version, value, expiresAt, ...key, version - 1).changes === 1
          );
        }
        // A new record is the moment to let go of those before it: nothing else deletes them here.
        statements().expire.run(...key, clock.now());
        return statements().insert.run(...key, version, value, expiresAt).changes === 1;
      }),
  };
}
