import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LocalAws, startLocalAws } from '../../src/local-aws/local-aws.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'baton-local-aws-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function readItem(aws: LocalAws, id: string): Promise<unknown> {
  const client = new DynamoDBClient(aws);
  const { Item } = await client.send(
    new GetItemCommand({ TableName: aws.itemsTable, Key: { id: { S: id } } }),
  );
  client.destroy();
  return Item;
}

async function writeItem(aws: LocalAws, id: string): Promise<void> {
  const client = new DynamoDBClient(aws);
  await client.send(new PutItemCommand({ TableName: aws.itemsTable, Item: { id: { S: id } } }));
  client.destroy();
}

describe('with a directory', () => {
  test('tables and address outlive the process, even one that is killed', async () => {
    const script = fileURLToPath(new URL('run-until-killed.ts', import.meta.url));
    const child = spawn(process.execPath, [script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { id, endpoint } = JSON.parse(line) as { id: string; endpoint: string };
    child.kill('SIGKILL');
    await once(child, 'exit');

    const aws = await startLocalAws({ directory });
    expect(aws.endpoint).toBe(endpoint);
    expect(await readItem(aws, id)).toMatchObject({ name: { S: 'One' } });
    await aws.close();
  });

  test('a closed one starts again as it was', async () => {
    const first = await startLocalAws({ directory });
    await writeItem(first, 'a');
    await first.close();
    const second = await startLocalAws({ directory });
    expect(second.endpoint).toBe(first.endpoint);
    expect(await readItem(second, 'a')).toEqual({ id: { S: 'a' } });
    await second.close();
  });

  test('a second one at the same time is refused with the reason', async () => {
    const aws = await startLocalAws({ directory });
    await expect(startLocalAws({ directory })).rejects.toThrow(
      `The local AWS of ${directory} is already running, in process ${process.pid}.`,
    );
    await aws.close();
  });

  test('a port somebody else has taken is given up, the tables are not', async () => {
    const first = await startLocalAws({ directory });
    await writeItem(first, 'a');
    await first.close();
    const thief = createServer((_, response) => response.end('not ours'));
    thief.listen(Number(new URL(first.endpoint).port), '127.0.0.1');
    await once(thief, 'listening');

    const second = await startLocalAws({ directory });
    expect(second.endpoint).not.toBe(first.endpoint);
    expect(await readItem(second, 'a')).toEqual({ id: { S: 'a' } });
    await second.close();
    thief.close();
  });

  test('a start that was cut short before the table was ready is started over', async () => {
    const first = await startLocalAws({ directory });
    await first.close();
    const file = join(directory, 'local-aws.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('true', 'false'));
    const second = await startLocalAws({ directory });
    expect(await readItem(second, 'a')).toBeUndefined();
    await second.close();
  });

  test('a damaged note of the port is ignored', async () => {
    writeFileSync(join(directory, 'local-aws.json'), '{"port":');
    const aws = await startLocalAws({ directory, itemsTable: 'things' });
    await writeItem(aws, 'a');
    expect(await readItem(aws, 'a')).toEqual({ id: { S: 'a' } });
    await aws.close();
  });
});

test('it listens on the loopback address only', async () => {
  const aws = await startLocalAws();
  const { hostname, port } = new URL(aws.endpoint);
  expect(hostname).toBe('127.0.0.1');
  // Another address of this machine would be taken, too, if it listened on all of them.
  const other = createServer();
  other.listen(Number(port), '127.0.0.2');
  await once(other, 'listening');
  expect((other.address() as AddressInfo).port).toBe(Number(port));
  other.close();
  await aws.close();
});

test('the same address answers for SQS, S3 and STS', async () => {
  const aws = await startLocalAws();
  const sqs = new SQSClient(aws);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  expect(QueueUrl).toContain(aws.endpoint);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'work' }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['work']);

  const s3 = new S3Client({ ...aws, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'files' }));
  await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'a/b c.txt', Body: 'ü' }));
  const object = await s3.send(new GetObjectCommand({ Bucket: 'files', Key: 'a/b c.txt' }));
  expect(await object.Body?.transformToString()).toBe('ü');
  const head = await s3.send(new HeadObjectCommand({ Bucket: 'files', Key: 'a/b c.txt' }));
  expect(head.ContentLength).toBe(2);

  const sts = new STSClient(aws);
  const RoleArn = 'arn:aws:iam::000000000000:role/reader';
  const role = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }));
  expect(role.Credentials).toMatchObject({ AccessKeyId: 'ASIALOCAL', SessionToken: 'me' });

  for (const client of [sqs, s3, sts]) client.destroy();
  await aws.close();
});
