/**
 * The local functions: how a name becomes a running handler.
 *
 * A function given as a module runs in a worker thread of its own (function-environment.ts), so that
 * it has its own environment variables and module state and can be ended when its time is up. A
 * function given as a handler runs in this thread: the short way for tests and for stepping through.
 */
import { randomUUID } from 'node:crypto';
import { type Environment, startEnvironment } from './function-environment.ts';
import { errorPayload, type FunctionResult, resultPayload } from './function-protocol.ts';

type LocalHandler = (event: unknown, context: { readonly awsRequestId: string }) => unknown;

interface LocalModule {
  /** A module that exports `handler`. */
  readonly module: URL;
  readonly environment?: Readonly<Record<string, string>>;
  /** 30 s by default. */
  readonly timeoutMs?: number;
}

export type LocalFunction = LocalHandler | LocalModule;

export interface FunctionHost {
  /** `event` is JSON text. Never rejects: a failure is a result. */
  invoke(event: string): Promise<FunctionResult>;
  close(): Promise<void>;
}

export interface HostOptions {
  readonly name: string;
  readonly region: string;
  /** Below a function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
}

const accountId = '000000000000';
const timeoutMsDefault = 30_000;

export function functionHost(definition: LocalFunction, options: HostOptions): FunctionHost {
  return typeof definition === 'function'
    ? handlerHost(definition)
    : moduleHost(definition, options);
}

function handlerHost(handler: LocalHandler): FunctionHost {
  async function invoke(event: string): Promise<FunctionResult> {
    const requestId = randomUUID();
    try {
      const result = await handler(JSON.parse(event), { awsRequestId: requestId });
      return { requestId, payload: resultPayload(result), failed: false, log: '' };
    } catch (error) {
      return { requestId, payload: errorPayload(error), failed: true, log: '' };
    }
  }
  return { invoke, close: () => Promise.resolve() };
}

function moduleHost(definition: LocalModule, options: HostOptions): FunctionHost {
  const { name, region } = options;
  const start = {
    module: definition.module.href,
    name,
    arn: `arn:aws:lambda:${region}:${accountId}:function:${name}`,
    timeoutMs: definition.timeoutMs ?? timeoutMsDefault,
    // Replaces the environment: nothing of the developer's shell reaches a function unless said so.
    environment: {
      ...(process.env['PATH'] === undefined ? {} : { PATH: process.env['PATH'] }),
      ...options.environment,
      ...definition.environment,
      AWS_REGION: region,
      AWS_LAMBDA_FUNCTION_NAME: name,
      TZ: ':UTC',
    },
  };
  let environment: Environment | undefined;

  // An environment that ended, for whatever reason, is replaced by the next invocation.
  function invoke(event: string): Promise<FunctionResult> {
    if (environment === undefined || environment.hasEnded()) environment = startEnvironment(start);
    return environment.invoke(event);
  }

  async function close(): Promise<void> {
    await environment?.end();
  }

  return { invoke, close };
}
