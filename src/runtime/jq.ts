/**
 * jq for the expressions of one host. A program is run once by the thread (`jq-thread.ts`), the
 * render waits for it as for any value that is not in memory, and finds the answer in its next round.
 */
import { ExpressionError } from '../expression/error.ts';
import type { JqRequest } from '../expression/host.ts';
import { limitError } from '../expression/limits.ts';
import { Pending } from '../expression/pending.ts';
import type { JqResult } from './jq-protocol.ts';

/** What one host runs shares one allowance of time, so that many programs are no way around it. */
export function jqOfHost(): (request: JqRequest) => string {
  const results = new Map<string, JqResult>();
  let usedMs = 0;
  return (request) => {
    const { input, program, limits } = request;
    const key = `${program.length} ${program}${input}`;
    const result = results.get(key);
    if (result !== undefined) return outputOf(result);
    const leftMs = limits.jqMs - usedMs;
    if (leftMs <= 0) throw limitError('jqMs', limits.jqMs);
    throw new Pending(`jq:${results.size}`, async () => {
      const { runProgram } = await import('./jq-thread.ts');
      const { result: found, tookMs } = await runProgram(request, leftMs);
      usedMs += tookMs;
      results.set(key, found);
    });
  };
}

/** A new error each time, because errors take the place they were raised at. */
function outputOf(result: JqResult): string {
  if (result.type === 'output') return result.output;
  const { kind, message, subject } = result;
  throw new ExpressionError(kind, message, subject === undefined ? {} : { subject });
}
