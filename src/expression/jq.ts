/**
 * jq as a filter: data in as JSON text, every output of the program one element of the result.
 * Loaded on first use; once loaded it answers synchronously. The variant with its program inlined is
 * used, so that a bundle needs no file beside it.
 */
import { loadJq as loadLibrary } from 'jq-wasm/inline';
import { evaluationError } from './error.ts';
import { readJsonPrefix, writeJsonStyled } from './json.ts';
import type { Budget } from './limits.ts';
import { jsonStyle, type Printing } from './text.ts';
import type { Value } from './value.ts';

/** What starting the program costs, in steps. */
const callSteps = 5_000;

export type ApplyJq = (
  data: Value,
  program: string,
  printing: Printing,
  budget: Budget,
) => readonly Value[];

export async function loadJq(): Promise<ApplyJq> {
  const library = await loadLibrary();
  return (data, program, printing, budget) => {
    const text = writeJsonStyled(data, jsonStyle(printing, true));
    budget.spend(callSteps + text.length);
    // An endless stream of outputs stops here; the line break ends a comment in the program.
    const bounded = `limit(${budget.limits.rangeSize}; (${program}\n))`;
    const { stdout, stderr, exitCode } = library.raw(text, bounded, ['-c']);
    if (exitCode !== 0) throw evaluationError(`jq failed: ${stderr.trim()}`);
    budget.text(stdout.length);
    return readAll(stdout);
  };
}

/** Outputs stand one a line; none contains a line break. */
function readAll(text: string): Value[] {
  const results: Value[] = [];
  for (let index = 0; index < text.length; ) {
    const { value, end } = readJsonPrefix(text, index);
    results.push(value);
    const lineEnd = text.indexOf('\n', end);
    if (lineEnd === -1) break;
    index = lineEnd + 1;
  }
  return results;
}
