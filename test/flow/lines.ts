import { describe } from '../../src/flow/issues.ts';
import { readFlow } from '../../src/flow/read.ts';

/** The issues of a source as a reader sees them, one line each. */
export async function linesOf(source: string): Promise<readonly string[]> {
  const { issues } = await readFlow(source);
  return issues.map((issue) => describe(issue));
}

/** A flow with these tasks, which start on line 4. */
export function withTasks(tasks: string): string {
  return `id: f\nnamespace: n\ntasks:\n${tasks.replace(/^\n/, '')}`;
}

/** A flow of one task with these further properties, which start on line 6. */
export function withTask(type: string, properties: string): string {
  return withTasks(`- id: a\n  type: ${type}\n${properties.replace(/^\n/, '')}`);
}
