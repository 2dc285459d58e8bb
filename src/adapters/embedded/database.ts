/**
 * The SQLite file: how it is opened and what is in it.
 *
 * WAL with full sync: a commit is on disk when COMMIT returns, and readers of other processes go on
 * while it runs. Packed values are columns of their own, text as TEXT and bytes as BLOB; what is
 * looked up is a column; the rest of a record is JSON.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { EmbeddedStoreError, explained } from './errors.ts';

const version = 1;

const schema = `
CREATE TABLE holder (
  one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, since INTEGER NOT NULL
);
CREATE TABLE executions (
  id TEXT NOT NULL UNIQUE, namespace TEXT NOT NULL, flow TEXT NOT NULL, revision INTEGER NOT NULL,
  state TEXT NOT NULL, epoch INTEGER NOT NULL, created_at INTEGER NOT NULL, ended_at INTEGER,
  due_at INTEGER, record TEXT NOT NULL, inputs, variables, cause, outputs, error TEXT,
  bytes INTEGER NOT NULL
);
CREATE INDEX executions_by_time ON executions (created_at, id);
CREATE INDEX executions_by_flow ON executions (namespace, flow, created_at, id);
CREATE INDEX executions_by_namespace ON executions (namespace, created_at, id);
CREATE INDEX executions_by_state ON executions (state, created_at, id);
CREATE INDEX executions_due ON executions (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE slots (
  execution TEXT NOT NULL, path TEXT NOT NULL, epoch INTEGER NOT NULL, turn INTEGER NOT NULL,
  state TEXT NOT NULL, record TEXT NOT NULL, outputs, fan, UNIQUE (execution, path)
);
CREATE TABLE joins (
  execution TEXT NOT NULL, path TEXT NOT NULL, epoch INTEGER NOT NULL, shard TEXT NOT NULL,
  member TEXT NOT NULL, PRIMARY KEY (execution, path, epoch, shard, member)
) WITHOUT ROWID;
CREATE TABLE fans (
  execution TEXT NOT NULL, path TEXT NOT NULL, epoch INTEGER NOT NULL,
  next INTEGER NOT NULL, stopped INTEGER NOT NULL, PRIMARY KEY (execution, path, epoch)
) WITHOUT ROWID;
CREATE TABLE claims (
  execution TEXT NOT NULL, path TEXT NOT NULL, epoch INTEGER NOT NULL,
  after INTEGER NOT NULL, place INTEGER NOT NULL, member INTEGER NOT NULL,
  PRIMARY KEY (execution, path, epoch, after)
) WITHOUT ROWID;
CREATE TABLE flows (
  namespace TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL,
  source TEXT NOT NULL, compiled TEXT NOT NULL, UNIQUE (namespace, id, revision)
);
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY, lane TEXT NOT NULL, due_at INTEGER NOT NULL, key TEXT NOT NULL,
  wait TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX messages_due ON messages (lane, due_at, seq, wait);
CREATE UNIQUE INDEX messages_scheduled ON messages (key) WHERE wait = 'long';
CREATE TABLE receives (message INTEGER PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE logs (
  seq INTEGER PRIMARY KEY, execution TEXT NOT NULL, timestamp INTEGER NOT NULL,
  severity INTEGER NOT NULL, entry TEXT NOT NULL
);
CREATE INDEX logs_by_execution ON logs (execution, timestamp, seq);
PRAGMA user_version = ${version};
`;

/** Tables that came later. They are made in stores that are there already; older code ignores them. */
const laterTables = `
CREATE TABLE IF NOT EXISTS flow_sets (
  namespace TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, member TEXT NOT NULL,
  PRIMARY KEY (namespace, id, name, member)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queued (
  namespace TEXT NOT NULL, id TEXT NOT NULL, created_at INTEGER NOT NULL, execution TEXT NOT NULL,
  PRIMARY KEY (namespace, id, created_at, execution)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_values (
  namespace TEXT NOT NULL, key TEXT NOT NULL, type TEXT NOT NULL, description TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, expires_at INTEGER,
  value NOT NULL, writer TEXT NOT NULL, UNIQUE (namespace, key)
);
CREATE INDEX IF NOT EXISTS key_values_expiring ON key_values (expires_at)
  WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS halted (
  execution TEXT PRIMARY KEY, epoch INTEGER NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deleted (execution TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS paused (execution TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS listeners (
  namespace TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (namespace, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trigger_states (
  namespace TEXT NOT NULL, flow TEXT NOT NULL, trigger_id TEXT NOT NULL, name TEXT NOT NULL,
  version INTEGER NOT NULL, value TEXT NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (namespace, flow, trigger_id, name)
) WITHOUT ROWID;
`;

/** Opens the file, making it when it is not there. */
export function openDatabase(file: string): DatabaseSync {
  return opening(
    file,
    () => new DatabaseSync(file, { timeout: 5_000 }),
    (database) => {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      // Fewer, larger checkpoints: a page written by many commits is copied once.
      database.exec('PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000;');
      database.exec('BEGIN IMMEDIATE');
      const found = versionOf(database, file);
      if (found === 0) database.exec(schema);
      database.exec(laterTables);
      database.exec('COMMIT');
    },
  );
}

/** For looking on while another process runs, or after it. Never makes or changes anything. */
export function openDatabaseReadOnly(file: string): DatabaseSync {
  if (!existsSync(file)) {
    throw new EmbeddedStoreError('missing', file, 'there is no store here; nothing has run yet.');
  }
  return opening(
    file,
    () => new DatabaseSync(file, { readOnly: true, timeout: 5_000 }),
    (database) => {
      const found = versionOf(database, file);
      if (found === 0) {
        throw new EmbeddedStoreError('missing', file, 'the store is empty; nothing has run yet.');
      }
    },
  );
}

function opening(
  file: string,
  open: () => DatabaseSync,
  prepare: (database: DatabaseSync) => void,
): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = open();
    prepare(database);
    return database;
  } catch (error) {
    database?.close();
    throw explained(error, file);
  }
}

function versionOf(database: DatabaseSync, file: string): number {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found > version) {
    const sentence = `written by a newer Baton (format ${found}, this one knows ${version}).`;
    throw new EmbeddedStoreError('newer', file, sentence);
  }
  return found;
}
