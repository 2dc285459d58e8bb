import { checkFlow } from '../../src/check/check-flow.ts';
import { describe } from '../../src/flow/issues.ts';

/** The issues of a flow as a reader sees them, one line each. */
export async function linesOf(source: string): Promise<readonly string[]> {
  const { issues } = await checkFlow(source);
  return issues.map((issue) => describe(issue));
}

/** Severity, code and sentence without the place: `error unknown-filter  "x" is …`. */
export async function wordsOf(source: string): Promise<readonly string[]> {
  return (await linesOf(source)).map((line) => line.replace(/^\d+:\d+ {2}/, ''));
}

const head = 'id: f\nnamespace: n\n';

/** A flow of one task that logs this template, given as the rest of a line of YAML. */
export function logging(message: string, more = ''): string {
  return `${head}${more}tasks:\n  - id: log\n    type: io.kestra.plugin.core.log.Log\n    message: ${message}\n`;
}

/**
 * Tasks in short: `a` returns, `b: {{ … }}` returns that; the name before the list opens it.
 * Nesting is by the indentation of YAML itself, so this only makes the single tasks.
 */
export function give(id: string, format = 'x', more = ''): string {
  return `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: ${JSON.stringify(format)}${more}}`;
}

export function group(kind: string, id: string, tasks: readonly string[], more = ''): string {
  return `{id: ${id}, type: io.kestra.plugin.core.flow.${kind}, tasks: [${tasks.join(', ')}]${more}}`;
}

export function flowOf(tasks: readonly string[], more = ''): string {
  return `${head}${more}\ntasks:\n${tasks.map((task) => `  - ${task}\n`).join('')}`;
}
