/**
 * Five sequential steps on Restate: its server from npm with its defaults, a service in this process,
 * called through the ingress. Its log server syncs each write to the disk (README of this folder).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http2';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { type Context, createEndpointHandler, service } from '@restatedev/restate-sdk';
import { inDataDirectory } from '../data-directory.ts';
import { underLoad } from '../load.ts';
import type { Measure } from '../measurement.ts';
import { figuresOf, kill } from './server.ts';
import { untilAnswered } from './until-answered.ts';

const ports = { ingress: 18080, admin: 19070, node: 15122 };

const linear = service({
  name: 'Linear',
  handlers: {
    async run(context: Context): Promise<string> {
      for (const step of ['a', 'b', 'c', 'd', 'e']) await context.run(step, async () => undefined);
      return 'done';
    },
  },
});

export default (async (effort) =>
  inDataDirectory(async (directory) => {
    const handler = createEndpointHandler({ services: [linear], logger: () => undefined });
    const endpoint = createServer(handler).listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    const startedAt = performance.now();
    const server = spawn(binary(), ['--base-dir', directory, '--bind-ip', '127.0.0.1'], {
      stdio: 'ignore',
      env: {
        ...process.env,
        RESTATE_DISABLE_TELEMETRY: 'true',
        RESTATE_LOG_FILTER: 'error',
        RESTATE_BIND_PORT: String(ports.node),
        RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
        RESTATE_ADMIN__BIND_PORT: String(ports.admin),
      },
    });
    try {
      await untilAnswered(`http://127.0.0.1:${ports.admin}/health`);
      const { port } = endpoint.address() as AddressInfo;
      await post(`http://127.0.0.1:${ports.admin}/deployments`, {
        uri: `http://127.0.0.1:${port}`,
      });
      const run = () => post(`http://127.0.0.1:${ports.ingress}/Linear/run`);
      await run();
      const firstMs = performance.now() - startedAt;
      const figures = await underLoad(run, effort);
      return [...figures, ...figuresOf(server, firstMs)];
    } finally {
      await kill(server);
    }
  })) satisfies Measure;

async function post(url: string, body?: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
}

function binary(): string {
  const { resolve } = createRequire(import.meta.url);
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}/package.json`;
  return join(dirname(resolve(name)), 'bin/restate-server');
}
