/**
 * The jq program itself: WebAssembly, loaded on first use, synchronous from then on. The variant with
 * its bytes inlined is used, so that a bundle needs no file beside it.
 *
 * It cannot be interrupted from the thread it runs in. Its memory never shrinks, and a program that
 * ran out of it leaves it full; the instance is then replaced.
 */
import { loadJq as loadLibrary } from 'jq-wasm/inline';
import { evaluationError, ExpressionError } from './error.ts';
import type { JqRequest } from './host.ts';
import { limitError } from './limits.ts';
import { Pending } from './pending.ts';

export type RunProgram = (request: JqRequest) => string;

export async function loadJq(): Promise<RunProgram> {
  let instance: Awaited<ReturnType<typeof loadLibrary>> | undefined = await loadLibrary();
  let reloads = 0;
  const reload = async (): Promise<void> => {
    instance = await loadLibrary();
  };
  return ({ input, program, limits }) => {
    if (instance === undefined) throw new Pending(`library:jq:${++reloads}`, reload);
    try {
      const { stdout, stderr, exitCode } = instance.raw(input, program, ['-c']);
      if (exitCode === 0) return stdout;
      throw evaluationError(`jq failed: ${stderr.trim()}`);
    } catch (error) {
      if (error instanceof ExpressionError || !(error instanceof Error)) throw error;
      instance = undefined;
      // jq gives up like this when it gets no more memory.
      if (error.message.startsWith('Aborted()')) throw limitError('jqBytes', limits.jqBytes);
      throw evaluationError(`jq failed: ${error.message}`, error);
    }
  };
}
