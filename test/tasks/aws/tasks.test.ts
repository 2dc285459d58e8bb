import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalAws, startLocalAws } from '../../../src/local-aws/local-aws.ts';
import type { AwsDefaults } from '../../../src/tasks/define.ts';
import { refuseOwn } from '../../../src/tasks/aws/own.ts';
import { failureOf, runTask, taskContext } from '../../helpers/task-context.ts';

const getItem = 'io.kestra.plugin.aws.dynamodb.GetItem';
const invoke = 'io.kestra.plugin.aws.lambda.Invoke';
const http = 'io.kestra.plugin.core.http.Request';

let aws: LocalAws;
/** What the tasks are given where a flow names nothing. */
let defaults: AwsDefaults;

beforeAll(async () => {
  aws = await startLocalAws({
    functions: {
      echo: (event) => event,
      fail: () => {
        throw new Error('boom');
      },
      probe: { module: new URL('../../local-aws/functions/probe.ts', import.meta.url) },
    },
  });
  defaults = { endpoint: aws.endpoint, region: aws.region, credentials: aws.credentials };
  const client = new DynamoDBClient(aws);
  await client.send(
    new PutItemCommand({
      TableName: aws.itemsTable,
      Item: {
        id: { S: '7' },
        price: { N: '1.5' },
        tags: { L: [{ S: 'a' }] },
        sold: { BOOL: false },
      },
    }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: 'numbered',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'n', AttributeType: 'N' }],
      KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
    }),
  );
  await client.send(new PutItemCommand({ TableName: 'numbered', Item: { n: { N: '7' } } }));
  client.destroy();
});

afterAll(() => aws.close());

describe('GetItem', () => {
  const read = async (task: object, variables: object = {}) =>
    runTask(getItem, { ...task }, taskContext({ aws: defaults }), { ...variables });

  test('gives the row with its types', async () => {
    const row = { id: '7', price: 1.5, tags: ['a'], sold: false };
    expect(await read({ tableName: 'items', key: { id: '7' } })).toEqual({ row });
  });

  test('gives an empty row for an item that is not there', async () => {
    expect(await read({ tableName: 'items', key: { id: 'nobody' } })).toEqual({ row: {} });
  });

  test.each([
    ['a number for a text key', 'items', { id: 7 }],
    ['text for a number key', 'numbered', { n: '{{ inputs.n }}' }],
    ['a number for a number key', 'numbered', { n: 7 }],
  ])('finds an item by %s', async (_, tableName, key) => {
    const { row } = await read({ tableName, key }, { inputs: { n: '7' } });
    expect(row).not.toEqual({});
  });

  test('fails with the error of the service', async () => {
    const missing = await failureOf(read({ tableName: 'nothing', key: { id: '1' } }));
    expect(missing.code).toBe('aws');
    expect(missing.message).toMatch(
      /^ResourceNotFoundException: Requested resource not found \(Service: DynamoDB, Status Code: 400, Request ID: \w+\)$/,
    );
    // The refusal is about the key as the flow wrote it, not about the last way that was tried.
    const wrong = await failureOf(read({ tableName: 'items', key: { other: 7 } }));
    expect(wrong.message).toContain('The provided key element does not match the schema');
  });

  test('a flow that names its own connection uses that', async () => {
    const task = { tableName: 'items', key: { id: '7' }, consistentRead: false };
    const own = {
      accessKeyId: 'AKIA',
      secretKeyId: 'secret',
      sessionToken: 'token',
      region: 'eu-central-1',
      endpointOverride: `  ${aws.endpoint} `,
    };
    const outputs = await runTask(getItem, { ...task, ...own }, taskContext());
    expect(outputs).toMatchObject({ row: { id: '7' } });
  });
});

describe('Invoke', () => {
  test('gives the answer as a file and parsed', async () => {
    const context = taskContext({ aws: defaults });
    const outputs = await runTask(
      invoke,
      { functionArn: 'echo', functionPayload: { name: '{{ inputs.name }}', nested: { a: [1] } } },
      context,
      { inputs: { name: 'Ada' } },
    );
    const payload = { name: 'Ada', nested: { a: [1] } };
    const uri = 'kestra:///company/team/test/executions/execution-1/response.json';
    const contentLength = JSON.stringify(payload).length;
    expect(outputs).toEqual({ uri, contentLength, contentType: 'application/json', payload });
    expect(Buffer.from(context.files.get(uri) ?? []).toString()).toBe(JSON.stringify(payload));
  });

  test('sends nothing where there is no payload', async () => {
    const context = taskContext({ aws: defaults });
    const outputs = await runTask(invoke, { functionArn: 'echo', functionPayload: {} }, context);
    expect(outputs).toMatchObject({ payload: {} });
  });

  test('logs what the function logged', async () => {
    const context = taskContext({ aws: defaults });
    await runTask(invoke, { functionArn: 'probe', functionPayload: { do: 'print' } }, context);
    expect(context.lines).toEqual([
      { level: 'INFO', message: '[lambda] to standard output' },
      { level: 'INFO', message: '[lambda] to standard error' },
    ]);
  });

  test('fails with what the function threw', async () => {
    const running = runTask(invoke, { functionArn: 'fail' }, taskContext({ aws: defaults }));
    const failure = await failureOf(running);
    expect(failure).toMatchObject({
      code: 'lambda-function',
      data: { errorType: 'Error' },
    });
    expect(failure.message).toMatch(
      /^Lambda Invoke task responded with error for function: fail\. Error: \{"errorType":"Error","errorMessage":"boom"/,
    );
    const missing = await failureOf(
      runTask(invoke, { functionArn: 'nobody' }, taskContext({ aws: defaults })),
    );
    expect(missing.message).toMatch(/^ResourceNotFoundException: Function not found: nobody/);
  });

  test('stops at the time-out of the task', async () => {
    const controller = new AbortController();
    const context = taskContext({ aws: defaults, signal: controller.signal });
    const running = runTask(
      invoke,
      { functionArn: 'probe', functionPayload: { do: 'hang' } },
      context,
    );
    controller.abort();
    expect((await failureOf(running)).message).toContain('AbortError');
  });
});

describe('a connection', () => {
  let server: Server;
  let endpoint: string;
  const asked: { authorization: string; body: string }[] = [];

  beforeAll(async () => {
    // Stands for DynamoDB and remembers who asked.
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const { authorization = '' } = request.headers;
      asked.push({ authorization, body: Buffer.concat(chunks).toString() });
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const task = { tableName: 'items', key: { id: '1' } };
  const keys = { accessKeyId: 'STATIC', secretKeyId: 'secret' };

  async function signerOf(connection: object): Promise<string | undefined> {
    await runTask(
      getItem,
      { ...task, endpointOverride: endpoint, ...connection },
      taskContext({ aws: defaults }),
    );
    return /Credential=(\w+)\/\d+\/([\w-]+)/
      .exec(asked.at(-1)?.authorization ?? '')
      ?.slice(1)
      .join(' ');
  }

  test.each([
    ['static keys', keys, 'STATIC us-east-1'],
    ['the defaults where one of them is missing', { accessKeyId: 'STATIC' }, 'local us-east-1'],
    ['the defaults where one of them is empty', { ...keys, secretKeyId: '' }, 'local us-east-1'],
    ['the region it names', { ...keys, region: 'eu-west-3' }, 'STATIC eu-west-3'],
    ['the defaults where the region is empty', { region: ' ' }, 'local us-east-1'],
    [
      'a role before static keys',
      { ...keys, stsRoleArn: 'arn:aws:iam::1:role/r' },
      'ASIALOCAL us-east-1',
    ],
  ])('uses %s', async (_, connection, signer) => {
    expect(await signerOf(connection)).toBe(signer);
  });

  test('assumes a role with the default credentials and the properties given', async () => {
    const role = {
      ...keys,
      stsRoleArn: 'arn:aws:iam::1:role/other',
      stsRoleExternalId: 'external',
      stsRoleSessionName: 'session',
      stsRoleSessionDuration: 'PT30M',
      stsEndpointOverride: endpoint,
    };
    // The stand-in gives no credentials, which is enough to see how it was asked.
    const running = runTask(getItem, { ...task, ...role }, taskContext({ aws: defaults }));
    await failureOf(running);
    const { authorization = '', body = '' } = asked.at(-1) ?? {};
    expect(authorization).toContain('Credential=local/');
    expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: 'arn:aws:iam::1:role/other',
      ExternalId: 'external',
      RoleSessionName: 'session',
      DurationSeconds: '1800',
    });
  });

  test.each([
    ['link-local', 'http://169.254.169.254/'],
    ['link-local by number', 'http://2852039166/'],
    ['link-local in IPv6 clothes', 'http://[::ffff:169.254.169.254]/'],
    ['link-local IPv6', 'http://[fe80::1]/'],
    ['no address', 'not an address'],
    ['a file', 'file:///etc/passwd'],
  ])('refuses an endpoint that is %s', async (_, endpointOverride) => {
    const running = runTask(getItem, { ...task, endpointOverride }, taskContext());
    expect(await failureOf(running)).toMatchObject({ code: 'endpoint-refused', retryable: false });
  });

  test('refuses an endpoint whose name leads to where flows may not go', async () => {
    const endpointOverride = 'http://localhost:1/';
    const context = taskContext({ aws: defaults, networks: [] });
    const running = runTask(getItem, { ...task, endpointOverride }, context);
    expect(await failureOf(running)).toMatchObject({ code: 'endpoint-refused' });
  });

  test('refuses such an endpoint for STS, too', async () => {
    const role = { stsRoleArn: 'arn:aws:iam::1:role/r', stsEndpointOverride: 'http://169.254.0.1' };
    const running = runTask(getItem, { ...task, ...role }, taskContext({ aws: defaults }));
    expect((await failureOf(running)).message).toContain('stsEndpointOverride');
  });
});

describe('what belongs to the engine', () => {
  const own = ['items', 'arn:aws:sqs:us-east-1:1:fast', 'engine-function'];
  const guarded = (): AwsDefaults => ({ ...defaults, own });

  test.each([
    ['a table', { tableName: 'items' }],
    ['a table by its ARN', { tableName: 'arn:aws:dynamodb:us-east-1:000000000000:table/items' }],
  ])('is refused: %s', async (_, named) => {
    const running = runTask(
      getItem,
      { key: { id: '7' }, ...named },
      taskContext({ aws: guarded() }),
    );
    const failure = await failureOf(running);
    expect(failure).toMatchObject({ code: 'engine-resource', retryable: false });
    expect(failure.message).toContain('stsRoleArn');
  });

  test.each([
    'engine-function',
    'arn:aws:lambda:us-east-1:000000000000:function:engine-function',
    'arn:aws:lambda:us-east-1:000000000000:function:engine-function:live',
  ])('is refused: the function %s', async (functionArn) => {
    const running = runTask(invoke, { functionArn }, taskContext({ aws: guarded() }));
    expect(await failureOf(running)).toMatchObject({ code: 'engine-resource' });
  });

  test('is for keys of a flow to decide, and other tables are nobody’s business', async () => {
    const { accessKeyId, secretAccessKey: secretKeyId } = aws.credentials;
    const keys = { accessKeyId, secretKeyId };
    const read = { tableName: 'items', key: { id: '7' } };
    const context = taskContext({ aws: guarded() });
    expect(await runTask(getItem, { ...read, ...keys }, context)).toHaveProperty('row.id', '7');
    const other = { tableName: 'numbered', key: { n: 7 } };
    expect(await runTask(getItem, other, context)).toHaveProperty('row.n', 7);
  });

  test.each([
    ['QueueUrl', { QueueUrl: 'http://sqs/1/items' }],
    ['a key of a batch', { RequestItems: { items: [] } }],
    ['a statement', { Statement: 'SELECT * FROM "items"' }],
    ['within a transaction', { TransactItems: [{ Put: { TableName: 'items' } }] }],
    ['a source in a bucket', { CopySource: 'items/key' }],
  ])('is found in %s', (_, input) => {
    expect(() => refuseOwn(input, own)).toThrow('belongs to the engine itself');
  });

  test('is not found in what only begins so', () => {
    const input = {
      TableName: 'items-2',
      Key: { id: { S: 'my items' } },
      Body: Buffer.from('items'),
    };
    expect(() => refuseOwn(input, own)).not.toThrow();
  });

  test.each([
    ['dynamodb', 'https://dynamodb.us-east-1.amazonaws.com/'],
    ['sqs', 'https://sqs.us-east-1.amazonaws.com/'],
    ['s3', 'https://bucket.s3.amazonaws.com/'],
    ['lambda', 'https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/f/invocations'],
    ['lambda', 'https://lambda.us-east-1.api.aws/'],
  ])('is not reached by signing an http request for %s', async (service, uri) => {
    const properties = { uri, options: { auth: { type: 'AWS_SIGV4', service } } };
    const running = runTask(http, properties, taskContext({ aws: guarded() }));
    expect(await failureOf(running)).toMatchObject({ code: 'aws-service', retryable: false });
  });
});

test('flows have the role that is set for them', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      asked.push(body.includes('AssumeRole') ? body : (request.headers.authorization ?? ''));
      const keys =
        '<AccessKeyId>OFROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>';
      const answer = `<AssumeRoleResponse><AssumeRoleResult><Credentials>${keys}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
      response.end(body.includes('AssumeRole') ? answer : '{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const roleArn = 'arn:aws:iam::1:role/flows';
  const context = taskContext({ aws: { ...defaults, endpoint, roleArn } });
  try {
    await runTask(getItem, { tableName: 't', key: { id: '7' } }, context);
    const auth = { type: 'AWS_SIGV4' };
    for (let times = 0; times < 2; times++) {
      await runTask(http, { uri: `${endpoint}/`, options: { auth } }, context);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const assumed = asked.filter((one) => one.includes('AssumeRole'));
  expect(assumed).toHaveLength(2);
  for (const one of assumed) expect(new URLSearchParams(one).get('RoleArn')).toBe(roleArn);
  const signed = asked.filter((one) => one.startsWith('AWS4-'));
  expect(signed).toHaveLength(3);
  for (const one of signed) expect(one).toContain('Credential=OFROLE/');
});
