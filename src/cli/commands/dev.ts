import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { createApp } from '../../api/app.ts';
import { type Command, directoryOption, textOf, UserError, type Values } from '../command.ts';
import { type Surroundings, withLocalAws } from '../with-local-aws.ts';

export default {
  usage: 'baton dev [--port 8080]       stay up: the API of the deployed ingest, and a local AWS',
  options: { ...directoryOption, port: { type: 'string', short: 'p', default: '8080' } },
  async run(_, values) {
    const port = portOf(values);
    await withLocalAws(textOf(values, 'directory') ?? '.baton', (around) => listen(around, port));
    return 0;
  },
} satisfies Command;

function portOf(values: Values): number {
  const text = textOf(values, 'port') ?? '8080';
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new UserError(`--port ${text} is not a port`);
}

/** Serves until the process is told to stop. */
async function listen({ local, aws }: Surroundings, port: number): Promise<void> {
  const app = createApp({
    runtime: local.runtime,
    logs: local.logs,
    onError: (error) => process.stderr.write(`baton: ${String(error)}\n`),
  });
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
  await Promise.race([once(server, 'listening'), failure(server, port)]);
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`;
  process.stdout.write(`Baton listens at ${url}
  start a flow    curl --data-binary @flows/serverless-api.yaml '${url}/?inputs.post_item_url=${aws.postItemUrl}'
  show it         curl ${url}/executions/ID
  its log         curl ${url}/executions/ID/logs
Local AWS (DynamoDB, Lambda, Function URLs) at ${aws.endpoint}
`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), local.failed]);
  server.close();
}

async function failure(server: NodeJS.EventEmitter, port: number): Promise<never> {
  const [error] = await once(server, 'error');
  throw new UserError(`cannot listen on port ${port}: ${(error as Error).message}`);
}
