/** Key-value pairs, one row each. What has expired stays until it is replaced, deleted or swept. */
import type { DatabaseSync } from 'node:sqlite';
import type { KeyEntry, KeyValueStore } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { fromColumn, present, type Row, toColumn } from './packed.ts';
import { type Bill, itemBytes } from './units.ts';

const entryColumns = 'key, type, description, created_at, updated_at, expires_at';

/** Prepared when first used: a store that an older Baton made has no such table for readers. */
function statementsOf(database: DatabaseSync) {
  return {
    select: database.prepare(
      `SELECT ${entryColumns}, value FROM key_values
       WHERE namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)`,
    ),
    upsert: database.prepare(
      `INSERT INTO key_values (namespace, ${entryColumns}, value, writer)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (namespace, key) DO UPDATE SET type = excluded.type,
         description = excluded.description, updated_at = excluded.updated_at,
         expires_at = excluded.expires_at, value = excluded.value, writer = excluded.writer
       WHERE ? OR key_values.expires_at <= excluded.updated_at
         OR key_values.writer = excluded.writer`,
    ),
    remove: database.prepare(
      `DELETE FROM key_values WHERE namespace = ? AND key = ? AND (NOT ? OR expires_at <= ?)
       RETURNING expires_at`,
    ),
    // The first key after all that begin with a prefix: no text has a character beyond the last.
    list: database.prepare(
      `SELECT ${entryColumns} FROM key_values
       WHERE namespace = ? AND key > ? AND key >= ? AND key < ? || char(1114111)
         AND coalesce(expires_at <= ?, FALSE) = ?
       ORDER BY key LIMIT ?`,
    ),
  };
}

export function keyValuesOf(commits: GroupCommit, bill: Bill): KeyValueStore {
  let prepared: ReturnType<typeof statementsOf> | undefined;
  const statements = () => (prepared ??= statementsOf(commits.database));
  return {
    get: (namespace, key, now) =>
      commits.read(() => {
        const row = statements().select.get(namespace, key, now);
        bill.read(row ? itemBytes(namespace, ...Object.values(row)) : 0);
        const value = fromColumn(row?.['value']);
        return row && value !== undefined ? { ...entryOf(row), value } : undefined;
      }),

    put: (namespace, pair, now) =>
      commits.write(() => {
        const { key, type, description = null, expiresAt = null, writer } = pair;
        const value = toColumn(pair.value);
        const columns = [key, type, description, now, now, expiresAt, value, writer];
        const always = pair.absentOnly === true ? 0 : 1;
        const { changes } = statements().upsert.run(namespace, ...columns, always);
        bill.write(itemBytes(namespace, ...columns));
        return changes === 1 ? 'stored' : 'exists';
      }),

    delete: (namespace, key, { now, expiredOnly = false }) =>
      commits.write(() => {
        const row = statements().remove.get(namespace, key, expiredOnly ? 1 : 0, now);
        bill.write(itemBytes(namespace, key));
        if (row === undefined) return false;
        const expiresAt = row['expires_at'] as number | null;
        return (expiresAt !== null && expiresAt <= now) === expiredOnly;
      }),

    list: (namespace, { prefix = '', after = '', limit, now, expired = false }) =>
      commits.read(() => {
        const range = [namespace, after, prefix, prefix];
        const rows = statements().list.all(...range, now, expired ? 1 : 0, limit + 1);
        bill.list(itemBytes(...rows.flatMap((row) => Object.values(row))));
        const items = rows.slice(0, limit).map(entryOf);
        const last = items.at(-1);
        if (rows.length <= limit || last === undefined) return { items };
        return { items, next: last.key };
      }),
  };
}

/** Rows that nobody sees any more; on AWS the TTL does it. */
export function sweepKeyValues(database: DatabaseSync, now: number): void {
  database.prepare('DELETE FROM key_values WHERE expires_at <= ?').run(now);
}

function entryOf(row: Row): KeyEntry {
  return {
    key: String(row['key']),
    type: String(row['type']),
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
    ...present({
      description: row['description'] as string | null,
      expiresAt: row['expires_at'] as number | null,
    }),
  };
}
