import {
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalAws, startLocalAws } from '../../src/local-aws/local-aws.ts';

const probe = new URL('functions/probe.ts', import.meta.url);
let aws: LocalAws;
let lambda: LambdaClient;
const seen: unknown[] = [];

beforeAll(async () => {
  aws = await startLocalAws({
    functions: {
      probe: { module: probe, environment: { COLOUR: 'red' } },
      other: { module: probe, environment: { SHAPE: 'round' } },
      impatient: { module: probe, timeoutMs: 2_000 },
      missing: { module: new URL('functions/not-there.ts', import.meta.url) },
      handler: (event) => {
        seen.push(event);
        return { event };
      },
    },
  });
  const { endpoint, region, credentials } = aws;
  lambda = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
});

afterAll(async () => {
  lambda.destroy();
  await aws.close();
});

async function invoke(
  FunctionName: string,
  event: unknown,
  more: Partial<InvokeCommandInput> = {},
): Promise<{ error: string | undefined; payload: unknown; status?: number; log: string }> {
  const Payload = Buffer.from(JSON.stringify(event));
  const output = await lambda.send(new InvokeCommand({ FunctionName, Payload, ...more }));
  const text = Buffer.from(output.Payload ?? []).toString();
  return {
    error: output.FunctionError,
    payload: text === '' ? undefined : JSON.parse(text),
    log: Buffer.from(output.LogResult ?? '', 'base64').toString(),
    ...(output.StatusCode === undefined ? {} : { status: output.StatusCode }),
  };
}

describe('a function', () => {
  test.each([
    ['by name', 'handler'],
    ['by name and qualifier', 'handler:$LATEST'],
    ['by ARN', 'arn:aws:lambda:us-east-1:000000000000:function:handler'],
    ['by ARN with a qualifier', 'arn:aws:lambda:us-east-1:000000000000:function:handler:live'],
    ['by partial ARN', '000000000000:function:handler'],
  ])('is found %s', async (_, name) => {
    expect(await invoke(name, { a: 1 })).toMatchObject({
      payload: { event: { a: 1 } },
      status: 200,
    });
  });

  test('has its own environment, and nothing of this process', async () => {
    const { payload } = await invoke('probe', { do: 'environment' });
    expect(payload).toEqual({
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'probe',
      ITEMS_TABLE: 'items',
      COLOUR: 'red',
      TZ: ':UTC',
    });
    const { payload: others } = await invoke('other', { do: 'environment' });
    expect(others).toMatchObject({ SHAPE: 'round' });
    expect(others).not.toHaveProperty('COLOUR');
  });

  test('stays warm', async () => {
    const first = await invoke('probe', { do: 'loaded-at' });
    expect(await invoke('probe', { do: 'loaded-at' })).toEqual(first);
  });

  test('learns who it is', async () => {
    const { payload } = await invoke('probe', { do: 'context' });
    expect(payload).toMatchObject({
      functionName: 'probe',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:probe',
    });
    const { remaining } = payload as { remaining: number };
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(30_000);
  });

  test('that gives nothing answers null', async () => {
    expect(await invoke('probe', { do: 'nothing' })).toMatchObject({ payload: null });
  });

  test('without a payload gets an empty event', async () => {
    const output = await lambda.send(new InvokeCommand({ FunctionName: 'handler' }));
    expect(JSON.parse(Buffer.from(output.Payload ?? []).toString())).toEqual({ event: {} });
  });
});

test('the tail of the log holds what this invocation printed', async () => {
  const tail = { LogType: 'Tail' } as const;
  const both = await Promise.all([
    invoke('probe', { do: 'print' }, tail),
    invoke('probe', { do: 'loaded-at' }, tail),
  ]);
  expect(both.map(({ log }) => log)).toEqual(['to standard output\nto standard error\n', '']);
});

test('an asynchronous invocation is accepted before it has run', async () => {
  const result = await invoke('handler', { later: true }, { InvocationType: 'Event' });
  expect(result).toMatchObject({ status: 202, payload: undefined });
  // The next synchronous one comes after it.
  await invoke('handler', {});
  expect(seen).toContainEqual({ later: true });
});

describe('an error', () => {
  test.each([
    ['of the handler', 'probe', { do: 'throw' }, 'RangeError', 'out of range'],
    ['that is no Error', 'probe', { do: 'throw text' }, 'string', 'just text'],
    ['in loading the module', 'missing', {}, 'Error', /Cannot find module/],
    ['by ending the process', 'probe', { do: 'exit' }, 'Runtime.ExitError', /exit status 3$/],
    [
      'by hanging',
      'impatient',
      { do: 'hang' },
      'Sandbox.Timedout',
      /timed out after 2.00 seconds$/,
    ],
    [
      'by answering too much',
      'probe',
      { do: 'large', bytes: 6 * 1024 * 1024 + 200 },
      'Function.ResponseSizeTooLarge',
      /\(6291556 bytes\)/,
    ],
  ])('%s is reported', async (_, name, event, errorType, errorMessage) => {
    const { error, payload } = await invoke(name, event);
    expect(error).toBe('Unhandled');
    expect(payload).toMatchObject({
      errorType,
      errorMessage: expect.stringMatching(errorMessage),
    });
  });

  test('that ended the environment leaves the next invocation a new one', async () => {
    const crash = invoke('probe', { do: 'exit' });
    await crash;
    expect(await invoke('probe', { do: 'print' })).toMatchObject({ payload: 'printed' });
    expect(await invoke('impatient', { do: 'print' })).toMatchObject({ payload: 'printed' });
  });
});

describe('a request is refused', () => {
  test('for a function that is not there', async () => {
    await expect(invoke('nobody', {})).rejects.toThrow(ResourceNotFoundException);
  });

  test('for a payload that is not JSON', async () => {
    const command = new InvokeCommand({ FunctionName: 'handler', Payload: Buffer.from('{') });
    await expect(lambda.send(command)).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
  });

  test('for more than 6 MB, or 1 MB when asynchronous', async () => {
    const tooLarge = { name: 'RequestTooLargeException' };
    await expect(invoke('handler', 'x'.repeat(6 * 1024 * 1024))).rejects.toMatchObject(tooLarge);
    const event = { InvocationType: 'Event' } as const;
    await expect(invoke('handler', 'x'.repeat(1024 * 1024), event)).rejects.toMatchObject(tooLarge);
    expect(await invoke('handler', 'x'.repeat(1024 * 1024))).toMatchObject({ status: 200 });
  });
});
