/**
 * The worker thread in which one local function lives, with a `process.env` of its own.
 *
 * Like a Lambda environment it loads the module once and keeps it warm. Unlike one it takes the next
 * event while others are under way. What the handler prints is collected per invocation.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import {
  errorPayload,
  type FunctionCall,
  type FunctionResult,
  type FunctionStart,
  resultPayload,
} from './function-protocol.ts';

type Handler = (event: unknown, context: object) => unknown;

// Only local-aws/functions.ts starts this file, and it always hands over a FunctionStart.
const start = workerData as FunctionStart;
const printed = new AsyncLocalStorage<string[]>();
// A module that fails to load fails every invocation, as a broken deployment does.
const loading: Promise<{ handler?: Handler }> = import(start.module);
loading.catch(() => undefined);

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    printed.getStore()?.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
}

parentPort?.on('message', (call: FunctionCall) => {
  void printed.run([], () => handle(call));
});

async function handle(call: FunctionCall): Promise<void> {
  const result = await run(call);
  const log = (printed.getStore() ?? []).join('');
  parentPort?.postMessage({ ...result, requestId: call.requestId, log } satisfies FunctionResult);
}

async function run(call: FunctionCall): Promise<{ payload: string; failed: boolean }> {
  try {
    const { handler } = await loading;
    if (handler === undefined) throw new TypeError(`${start.module} does not export "handler".`);
    const result = await handler(JSON.parse(call.event), contextOf(call));
    return { payload: resultPayload(result), failed: false };
  } catch (error) {
    return { payload: errorPayload(error), failed: true };
  }
}

function contextOf(call: FunctionCall): object {
  return {
    awsRequestId: call.requestId,
    functionName: start.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: start.arn,
    memoryLimitInMB: '128',
    logGroupName: `/aws/lambda/${start.name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, call.deadline - Date.now()),
  };
}
