/**
 * One worker thread with one function in it, from its start to its end, and the invocations under
 * way in it. Every invocation gets a result: its own, or the error with which the thread ended.
 */
import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { FunctionCall, FunctionResult, FunctionStart } from './function-protocol.ts';

export interface EnvironmentOptions extends FunctionStart {
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface Environment {
  invoke(event: string): Promise<FunctionResult>;
  hasEnded(): boolean;
  end(): Promise<void>;
}

export function startEnvironment(options: EnvironmentOptions): Environment {
  const { timeoutMs } = options;
  const worker = spawn(options);
  const waiting = new Map<string, (result: FunctionResult) => void>();
  let ended = false;
  let crash: Error | undefined;

  function settle(result: FunctionResult): void {
    waiting.get(result.requestId)?.(result);
    waiting.delete(result.requestId);
  }

  /** Ends everything under way with one error, in the words Lambda has for it. */
  function failAll(errorType: string, reason: string): void {
    ended = true;
    for (const requestId of waiting.keys()) {
      const errorMessage = `RequestId: ${requestId} Error: ${reason}`;
      const payload = JSON.stringify({ errorType, errorMessage });
      settle({ requestId, payload, failed: true, log: '' });
    }
  }

  worker.on('message', settle);
  worker.on('error', (error: Error) => {
    crash = error;
  });
  worker.on('exit', (code) => {
    if (crash !== undefined) failAll('Runtime.UnhandledException', crash.message);
    else failAll('Runtime.ExitError', `Runtime exited with error: exit status ${code}`);
  });

  async function invoke(event: string): Promise<FunctionResult> {
    const requestId = randomUUID();
    const { promise, resolve } = Promise.withResolvers<FunctionResult>();
    waiting.set(requestId, resolve);
    const deadline = Date.now() + timeoutMs;
    worker.postMessage({ requestId, event, deadline } satisfies FunctionCall);
    const timer = setTimeout(() => {
      failAll('Sandbox.Timedout', `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`);
      void worker.terminate();
    }, timeoutMs);
    return promise.finally(() => clearTimeout(timer));
  }

  async function end(): Promise<void> {
    await worker.terminate();
  }

  return { invoke, hasEnded: () => ended, end };
}

function spawn({ module, name, arn, environment }: EnvironmentOptions): Worker {
  return new Worker(new URL('function-worker.ts', import.meta.url), {
    name,
    workerData: { module, name, arn } satisfies FunctionStart,
    env: environment,
    // Flags of this process (a test runner's loader, say) are no part of a function.
    execArgv: [],
    stdout: true,
    stderr: true,
  });
}
