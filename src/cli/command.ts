/** What a command of the command line is. */
import type { ParseArgsOptionsConfig } from 'node:util';

export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface Command {
  /** First line: the call. */
  readonly usage: string;
  readonly options: ParseArgsOptionsConfig;
  /** Resolves with the exit code. */
  run(positionals: readonly string[], values: Values): Promise<number>;
}

/** The input was wrong: the message is shown as it is, the exit code is 2. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

export const directoryOption = {
  directory: { type: 'string', short: 'd', default: '.baton' },
} as const satisfies ParseArgsOptionsConfig;

export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function onlyPositional(positionals: readonly string[], what: string): string {
  const [first, ...rest] = positionals;
  if (first === undefined) throw new UserError(`name ${what}`);
  if (rest.length > 0) throw new UserError(`only one argument is expected: ${what}`);
  return first;
}
