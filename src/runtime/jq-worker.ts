/**
 * The thread in which jq programs run, one after the other. `jq-thread.ts` starts it and ends it when
 * a program takes too long; memory is bounded here.
 *
 * The library offers no bound, so this thread takes two built-ins under control before it loads it:
 * the growth of WebAssembly memory, and the size of the byte array that collects what jq prints. A
 * refusal is reported at once, because jq may go on for long after it.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { ExpressionError } from '../expression/error.ts';
import type { JqRequest } from '../expression/host.ts';
import { loadJq, type RunProgram } from '../expression/jq-program.ts';
import { defaultLimits, limitError, type Limits } from '../expression/limits.ts';
import { type JqAnswer, jqThreadMark } from './jq-protocol.ts';

/** Where this module stands. Whoever starts the thread asks here, which holds in a bundle too. */
export const address = import.meta.url;

/** A thread whose memory has grown beyond this is replaced, because it never shrinks. */
const keptBytesMax = 64 * 1024 * 1024;

let limits: Limits = defaultLimits;
let memoryBytes = 0;
let refuse: (name: keyof Limits) => void = () => undefined;

if (workerData === jqThreadMark && parentPort !== null) await serve(parentPort);

async function serve(port: MessagePort): Promise<void> {
  refuse = (name) => {
    const error = limitError(name, limits[name]);
    port.postMessage(failure(error, true));
    throw error;
  };
  boundMemory();
  boundArrays();
  const run = await loadJq();
  port.on('message', (request: JqRequest) => {
    limits = request.limits;
    port.postMessage(answer(run, request));
  });
  port.postMessage({ type: 'ready' } satisfies JqAnswer);
}

function answer(run: RunProgram, request: JqRequest): JqAnswer {
  try {
    return { type: 'output', output: run(request), isSpent: memoryBytes > keptBytesMax };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    // A cause: jq did not say that it failed, it broke (its stack was full), and is gone.
    const isBroken = error.kind === 'limit' || error.cause !== undefined;
    return failure(error, isBroken || memoryBytes > keptBytesMax);
  }
}

function failure({ kind, message, subject }: ExpressionError, isSpent: boolean): JqAnswer {
  return { type: 'error', kind, message, ...(subject !== undefined && { subject }), isSpent };
}

const pageBytes = 64 * 1024;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The types of Node leave WebAssembly out. */
interface Realm {
  readonly WebAssembly: { readonly Memory: { readonly prototype: Memory } };
}

function boundMemory(): void {
  const { prototype } = (globalThis as unknown as Realm).WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (this: Memory, pages: number): number {
    const wanted = this.buffer.byteLength + pages * pageBytes;
    if (wanted > limits.jqBytes) refuse('jqBytes');
    memoryBytes = Math.max(memoryBytes, wanted);
    return grow.call(this, pages);
  };
}

/** The collecting array doubles, so it may be twice as large as what is in it. */
function boundArrays(): void {
  globalThis.Uint8Array = new Proxy(Uint8Array, {
    construct(target, args: [unknown], newTarget) {
      const [length] = args;
      if (typeof length === 'number' && length > 2 * limits.outputCharacters) {
        refuse('outputCharacters');
      }
      return Reflect.construct(target, args, newTarget) as Uint8Array;
    },
  });
}
