/**
 * jq as a filter: data in as JSON text, every output of the program one element of the result. The
 * host runs the program where it can bound it; otherwise it runs here (`jq-program.ts`).
 */
import { readJsonPrefix, writeJsonStyled } from './json.ts';
import { jq } from './libraries.ts';
import type { Budget } from './limits.ts';
import type { Run } from './run.ts';
import { jsonStyle } from './text.ts';
import type { Value } from './value.ts';

/** What one program costs, in steps, however little it does: it is started from scratch. */
const callSteps = 10_000;
/** Outputs may be kept while a render waits for the next program, so they cost more than text. */
const outputCharactersPerStep = 8;

export function runJq(data: Value, program: string, { budget, host, printing }: Run): Value[] {
  const { limits } = budget;
  const input = writeJsonStyled(data, jsonStyle(printing, true));
  budget.spend(callSteps + input.length);
  // An endless stream of outputs stops here; the line break ends a comment in the program.
  const bounded = `limit(${limits.rangeSize}; (${program}\n))`;
  const request = { input, program: bounded, limits };
  const output = host.jq === undefined ? jq()(request) : host.jq(request);
  budget.text(output.length);
  budget.spend(Math.ceil(output.length / outputCharactersPerStep));
  return readAll(output, budget);
}

/** Outputs stand one a line; none contains a line break. */
function readAll(text: string, budget: Budget): Value[] {
  const results: Value[] = [];
  for (let index = 0; index < text.length; ) {
    const { value, end } = readJsonPrefix(text, index, budget);
    results.push(value);
    const lineEnd = text.indexOf('\n', end);
    if (lineEnd === -1) break;
    index = lineEnd + 1;
  }
  return results;
}
