/** Inputs on the command line: `--input name=value`, repeatable. */
import type { ParseArgsOptionsConfig } from 'node:util';
import { UserError, type Values } from './command.ts';

export const inputOption = {
  input: { type: 'string', short: 'i', multiple: true },
} as const satisfies ParseArgsOptionsConfig;

export function inputsOf(values: Values): Record<string, string> {
  const inputs: Record<string, string> = Object.create(null);
  const given = values['input'];
  for (const text of Array.isArray(given) ? given : []) {
    const [name, ...rest] = String(text).split('=');
    if (!name || rest.length === 0)
      throw new UserError(`--input ${text} is not of the form name=value`);
    inputs[name] = rest.join('=');
  }
  return inputs;
}
