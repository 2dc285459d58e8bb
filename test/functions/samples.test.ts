import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalAws, startLocalAws } from '../../src/local-aws/local-aws.ts';

let aws: LocalAws;
let dynamodb: DynamoDBClient;
let lambda: LambdaClient;

beforeAll(async () => {
  aws = await startLocalAws();
  const { endpoint, region, credentials } = aws;
  dynamodb = new DynamoDBClient({ endpoint, region, credentials });
  lambda = new LambdaClient({ endpoint, region, credentials });
});

afterAll(async () => {
  dynamodb.destroy();
  lambda.destroy();
  await aws.close();
});

const isoUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const json = { 'content-type': 'application/json' };

describe('post-item', () => {
  test('stores the item under a KSUID and answers with the id', async () => {
    const body = JSON.stringify({ name: 'One', description: 'Description' });
    const response = await fetch(aws.postItemUrl, { method: 'POST', headers: json, body });
    const { id } = (await response.json()) as { id: string };
    expect(response.status).toBe(201);
    expect(id).toMatch(/^[0-9A-Za-z]{27}$/);

    const command = new GetItemCommand({ TableName: aws.itemsTable, Key: { id: { S: id } } });
    const { Item } = await dynamodb.send(command);
    expect(Item).toEqual({
      id: { S: id },
      name: { S: 'One' },
      description: { S: 'Description' },
      created_at: { S: expect.stringMatching(isoUtc) },
      updated_at: Item?.['created_at'],
    });
  });

  test.each([
    ['not JSON', 'name=One', 400, 'The body is not JSON.'],
    ['no body', '', 400, 'The body is not JSON.'],
    ['a list', '[]', 400, 'The body must be a JSON object.'],
    ['a missing name', '{"description": ""}', 400, '"name" must be a string.'],
    ['a number', '{"name": 1, "description": ""}', 400, '"name" must be a string.'],
    ['an inherited name', '{"__proto__": {"name": "x"}}', 400, '"name" must be a string.'],
    ['too much', `"${'x'.repeat(70_000)}"`, 413, 'The body has 70002 bytes; at most 65536 fit.'],
  ])('refuses %s', async (_, body, status, error) => {
    const response = await fetch(aws.postItemUrl, { method: 'POST', headers: json, body });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error });
  });

  test('reads a body that arrives as base64', async () => {
    const body = new Blob(['{"name": "Zwölf", "description": ""}'], { type: 'application/x-json' });
    const response = await fetch(aws.postItemUrl, { method: 'POST', body });
    expect(response.status).toBe(201);
  });

  test('refuses other methods and says which it takes', async () => {
    const response = await fetch(aws.postItemUrl);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toEqual({ error: 'Method GET is not allowed. Use POST.' });
  });
});

describe('update-timestamp', () => {
  const record = {
    id: '1',
    name: 'One',
    description: 'Description',
    createdTimestamp: '2026-01-01T00:00:00.000Z',
    updatedTimestamp: '2026-01-01T00:00:00.000Z',
  };

  async function invoke(event: unknown): Promise<{ error: string | undefined; payload: unknown }> {
    const command = new InvokeCommand({
      FunctionName: 'update-timestamp',
      Payload: Buffer.from(JSON.stringify(event)),
    });
    const output = await lambda.send(command);
    const payload: unknown = JSON.parse(Buffer.from(output.Payload ?? []).toString());
    return { error: output.FunctionError, payload };
  }

  test('gives the record back with the time of now', async () => {
    const before = new Date().toISOString();
    const { payload } = await invoke(record);
    const { updatedTimestamp } = payload as typeof record;
    expect(payload).toEqual({ ...record, updatedTimestamp });
    expect(updatedTimestamp >= before).toBe(true);
  });

  test('does the same behind a Function URL', async () => {
    const body = JSON.stringify({ ...record, unknown: 'left out' });
    const url = aws.functionUrl('update-timestamp');
    const response = await fetch(url, { method: 'POST', headers: json, body });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      ...record,
      updatedTimestamp: expect.stringMatching(isoUtc),
    });
  });

  test.each([
    ['no object', 'text', 'The event must be the record as a JSON object.'],
    ['a missing field', { ...record, id: undefined }, '"id" must be a string.'],
    ['a wrong type', { ...record, updatedTimestamp: 5 }, '"updatedTimestamp" must be a string.'],
  ])('fails on %s', async (_, event, errorMessage) => {
    const { error, payload } = await invoke(event);
    expect(error).toBe('Unhandled');
    expect(payload).toMatchObject({ errorMessage });
  });
});
