/**
 * What a durable flow of five tasks can cost at the least on this disk: `node:sqlite` with the
 * journal and sync of the embedded store, six commits of 2 KB for each run, and nothing else.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inDataDirectory } from '../data-directory.ts';
import { underLoad } from '../load.ts';
import type { Measure } from '../measurement.ts';

export default (async (effort) =>
  inDataDirectory(async (directory) => {
    const database = new DatabaseSync(join(directory, 'floor.db'));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('CREATE TABLE records (seq INTEGER PRIMARY KEY, record TEXT NOT NULL)');
    const insert = database.prepare('INSERT INTO records (record) VALUES (?)');
    const record = 'x'.repeat(2048);
    try {
      return await underLoad(
        async () => {
          for (let commit = 0; commit < 6; commit++) insert.run(record);
        },
        effort,
        [],
      );
    } finally {
      database.close();
    }
  })) satisfies Measure;
