/**
 * Owns the thread that runs jq programs: started with the first program, kept warm, replaced when a
 * program had to be stopped. One program runs at a time; its time counts from when it starts.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { JqRequest } from '../expression/host.ts';
import { limitError, type Limits } from '../expression/limits.ts';
import { type JqAnswer, type JqResult, jqThreadMark } from './jq-protocol.ts';

/** Heap of the thread besides the memory of jq itself: texts on their way in and out. */
const heapMb = 128;

let thread: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();

export interface Finished {
  readonly result: JqResult;
  readonly tookMs: number;
}

/** Waits for its turn, runs the program, and stops it after `timeoutMs`. */
export function runProgram(request: JqRequest, timeoutMs: number): Promise<Finished> {
  const run = last.then(() => runNow(request, timeoutMs));
  last = run.catch(() => undefined);
  return run;
}

async function runNow(request: JqRequest, timeoutMs: number): Promise<Finished> {
  const worker = thread ?? (await start());
  // Only a thread at work keeps the process alive.
  worker.ref();
  const startedAt = performance.now();
  const answering = nextAnswer(worker, request.limits, timeoutMs);
  worker.postMessage(request);
  const result = await answering;
  const tookMs = performance.now() - startedAt;
  worker.unref();
  if (result.isSpent) await worker.terminate();
  return { result, tookMs };
}

async function start(): Promise<Worker> {
  // Importing it here does nothing but tell its address.
  const { address } = await import('./jq-worker.ts');
  const worker = new Worker(new URL(address), {
    workerData: jqThreadMark,
    execArgv: [],
    env: {},
    // jq's complaints come back with its answer; what else is printed stays unread, because reading
    // it would keep the process alive.
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const ended = new AbortController();
  worker.on('exit', () => {
    if (thread === worker) thread = undefined;
    ended.abort();
  });
  // Also rejects with the thread's error, or when it ends without one.
  await once(worker, 'message', { signal: ended.signal });
  // Whoever waits for an answer hears of an error; between programs the exit that follows is enough.
  worker.on('error', () => undefined);
  thread = worker;
  return worker;
}

/** The thread's answer, or why there is none: out of time, out of memory, or a broken thread. */
function nextAnswer(worker: Worker, limits: Limits, timeoutMs: number): Promise<JqResult> {
  const { promise, resolve, reject } = Promise.withResolvers<JqResult>();
  const answered = (answer: JqAnswer): void => {
    if (answer.type !== 'ready') resolve(answer);
  };
  const failed = (error: Error & { code?: string }): void => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') resolve(exceeded('jqBytes', limits));
    else reject(error);
  };
  const ended = (): void => reject(new Error('the jq thread ended before its program'));
  const timer = setTimeout(() => {
    // An answer that arrived while this thread was busy is read before this is called.
    setImmediate(() => resolve(exceeded('jqMs', limits)));
  }, timeoutMs);
  worker.on('message', answered).on('error', failed).on('exit', ended);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', answered).off('error', failed).off('exit', ended);
  });
}

function exceeded(name: keyof Limits, limits: Limits): JqResult {
  const { kind, message } = limitError(name, limits[name]);
  return { type: 'error', kind, message, subject: name, isSpent: true };
}
