/**
 * A run that uses secrets wherever a flow can, on both back ends: then everything that is stored,
 * sent, logged and shown is looked through, raw and unpacked, for the values in any spelling.
 */
import { generateKeySync } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { baton } from '../cli/baton.ts';
import { type DeployedEngine, startDeployed } from '../helpers/deployed.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { credentials, region, startStub } from '../helpers/emulators.ts';
import { type EchoServer, startEchoServer } from '../tasks/http/echo-server.ts';
import { flows, given, leaksIn, opened, stored } from './secret-places.ts';

const key = generateKeySync('aes', { length: 256 });

interface Answer {
  readonly status: number;
  text(): Promise<string>;
}
type Ask = (method: string, path: string, body?: string) => Promise<Answer>;

/** Runs everything and gives whatever the API says. */
async function use(ask: Ask, idle: () => Promise<void>, origin: string): Promise<string> {
  const said: string[] = [];
  const tell = async (...request: Parameters<Ask>): Promise<string> => {
    const text = await (await ask(...request)).text();
    said.push(text);
    return text;
  };
  for (const source of flows(origin)) await tell('POST', '/flows?force=true', source);
  await tell('POST', '/executions/company.team/everywhere', JSON.stringify({ token: given }));
  await idle();
  const { results } = JSON.parse(await tell('GET', '/executions')) as { results: { id: string }[] };
  for (const { id } of results) {
    await tell('GET', `/executions/${id}`);
    await tell('GET', `/executions/${id}/logs`);
  }
  for (const path of ['/flows', '/flows/company.team/everywhere']) await tell('GET', path);
  return said.join('\n');
}

let server: EchoServer;
beforeAll(async () => {
  server = await startEchoServer();
});
afterAll(() => server.close());

function expectNoLeak(text: string): void {
  expect(leaksIn(text)).toEqual([]);
}

describe('embedded', () => {
  let engine: EmbeddedEngine;
  let said: string;
  let sent: string;
  beforeAll(async () => {
    engine = await startEmbedded({}, { encryptionKey: key });
    const secrets = { company: { API: stored } };
    writeFileSync(join(engine.directory, 'secrets.json'), JSON.stringify(secrets));
    const send = vi.spyOn(engine.runtime.queue, 'send');
    const app = createApp({ runtime: engine.runtime, logs: engine.logs });
    const ask: Ask = async (method, path, body) =>
      app.request(path, { method, ...(body !== undefined && { body }) });
    said = await use(ask, () => engine.idle(), server.origin);
    sent = send.mock.calls.flatMap(([messages]) => messages.map(({ body }) => body)).join('\n');
  });
  afterAll(async () => engine.close());

  test('everything ran, with the clear values', () => {
    const ends = [...said.matchAll(/"taskId":"(\w+)"[^{}]*?"state":"(\w+)"/g)];
    const states = Object.fromEntries(ends.map(([, taskId, state]) => [taskId, state]));
    expect(states).toMatchObject({
      length: 'SUCCESS',
      ask: 'SUCCESS',
      paired: 'SUCCESS',
      varied: 'SUCCESS',
      call: 'SUCCESS',
      called: 'SUCCESS',
      after: 'SUCCESS',
      templated: 'SUCCESS',
      again: 'SUCCESS',
      fail: 'FAILED',
    });
    const { headers, body, url } = server.last();
    expect([headers['x-key'], headers['x-own'], body.toString()]).toEqual([stored, given, stored]);
    expect(new URL(url, 'http://any').searchParams.get('key')).toBe(stored);
    // What one task puts out the next has as it was.
    const length = `${stored} and ${given} Bearer ${stored}`.length;
    expect(said).toContain(`"value":"${length} true"`);
  });

  test('nothing on disk', () => {
    const copy = mkdtempSync(join(tmpdir(), 'baton-dump-'));
    cpSync(engine.directory, copy, { recursive: true });
    rmSync(join(copy, 'secrets.json'));
    const files = readdirSync(copy, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => opened(readFileSync(join(file.parentPath, file.name))));
    const database = new DatabaseSync(join(copy, 'baton.db'));
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const rows = tables.flatMap(({ name }) =>
      database.prepare(`SELECT * FROM "${String(name)}"`).all(),
    );
    const columns = rows.flatMap((row) =>
      Object.values(row).map((value) =>
        value instanceof Uint8Array ? opened(value) : String(value),
      ),
    );
    database.close();
    rmSync(copy, { recursive: true });
    const dump = [...files, ...columns].join('\n');
    expect(dump).toContain('********');
    expect(dump).toContain('aes_encrypted');
    expect(dump).toContain('baton-sealed:');
    expectNoLeak(dump);
  });

  test('nothing in messages', () => {
    expect(sent).toContain('baton-sealed:');
    expectNoLeak(sent);
  });

  test('nothing in what the API says, sealed or clear', () => {
    expect(said).toContain('********');
    expect(said).not.toContain('baton-sealed:');
    expectNoLeak(said);
  });

  test('nothing in what the answer to a webhook says', async () => {
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha256').update(stored).digest('hex');
    const app = createApp({ runtime: engine.runtime, logs: engine.logs });
    const path = `/api/v1/executions/webhook/company.team/hook/key-${digest}`;
    const response = await app.request(path, { method: 'POST', body: '{"who": "Ida"}' });
    const text = await response.text();
    expect([response.status, text]).toEqual([200, expect.stringContaining('Ida ********')]);
    expectNoLeak(text);
  });

  test('nothing in what the command line prints', async () => {
    vi.stubEnv('BATON_ENCRYPTION_KEY', key.export().toString('base64'));
    const ids = [...new Set([...said.matchAll(/"id":"(\w{22})"/g)].map(([, id = '']) => id))];
    expect(ids.length).toBeGreaterThan(2);
    const copy = mkdtempSync(join(tmpdir(), 'baton-cli-'));
    cpSync(engine.directory, copy, { recursive: true });
    for (const id of ids.slice(0, 4)) {
      for (const command of [
        ['get', id],
        ['logs', id],
      ]) {
        const { out, err } = await baton(...command, '-d', copy);
        expectNoLeak(out + err);
      }
    }
    rmSync(copy, { recursive: true });
    vi.unstubAllEnvs();
  });
});

describe('on AWS', () => {
  let engine: DeployedEngine;
  let said: string;
  const sent: string[] = [];
  const logged: string[] = [];
  const stubs: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    const stub = await startStub(({ target, body }) => {
      if (target !== 'AmazonSSM.GetParameters') return { body: { events: [] } };
      const Name = (body['Names'] as string[]).find((name) => name.endsWith('/company/API'));
      return { body: { Parameters: Name === undefined ? [] : [{ Name, Value: stored }] } };
    });
    stubs.push(stub);
    engine = await startDeployed({
      BATON_ENCRYPTION_KEY: key.export().toString('base64'),
      BATON_SECRETS_PREFIX: '/baton/secrets',
      AWS_ENDPOINT_URL_SSM: stub.endpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: stub.endpoint,
    });
    const client = Object.getPrototypeOf(SQSClient.prototype) as {
      send(command: { input: unknown }): Promise<unknown>;
    };
    const { send } = client;
    // By hand: it is spied on already.
    client.send = function (...args) {
      sent.push(JSON.stringify(args[0].input));
      return send.apply(this, args);
    };
    for (const method of ['log', 'trace', 'debug', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation((...line: unknown[]) => {
        logged.push(
          line.map((each) => (each instanceof Error ? String(each.stack) : String(each))).join(' '),
        );
      });
    }
    const idle = async (): Promise<void> => {
      while ((await engine.pump()) > 0) continue;
    };
    said = await use((...request) => engine.request(...request), idle, server.origin);
    vi.restoreAllMocks();
    client.send = send;
  });
  afterAll(async () => {
    await engine.close();
    for (const stub of stubs) await stub.close();
  });

  test('nothing in the table, the bucket, messages, logs or answers', async () => {
    const endpoint = engine.emulators.dynamodbEndpoint;
    const dynamodb = new DynamoDBClient({ region, credentials, endpoint });
    const { Items = [] } = await dynamodb.send(
      new ScanCommand({ TableName: engine.emulators.table }),
    );
    const attributes = Items.flatMap((item) =>
      Object.values(item).map((value) => (value.B ? opened(value.B) : JSON.stringify(value))),
    );
    dynamodb.destroy();
    const s3 = new S3Client({
      region,
      credentials,
      endpoint: engine.emulators.endpoint,
      forcePathStyle: true,
    });
    const Bucket = engine.emulators.bucket;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const objects = [];
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      objects.push(opened((await Body?.transformToByteArray()) ?? new Uint8Array()));
    }
    s3.destroy();
    expect(attributes.join()).toContain('baton-sealed:');
    expect(sent.join()).toContain('baton-sealed:');
    expect(logged.join()).toContain('********');
    expect(said).toContain('********');
    for (const texts of [attributes, objects, sent, logged, [said]]) expectNoLeak(texts.join('\n'));
  });
});
