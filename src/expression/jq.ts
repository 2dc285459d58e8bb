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
    const { stdout, stderr, exitCode } = library.raw(text, program, ['-c']);
    if (exitCode !== 0) throw evaluationError(`jq failed: ${stderr.trim()}`);
    budget.text(stdout.length);
    return readAll(stdout);
  };
}

function readAll(text: string): Value[] {
  const results: Value[] = [];
  let index = 0;
  while (text.slice(index).trim() !== '') {
    const { value, end } = readJsonPrefix(text, index);
    results.push(value);
    index = text.indexOf('\n', end);
    if (index === -1) break;
  }
  return results;
}
