/** `--revision N` of a flow. */
import type { ParseArgsOptionsConfig } from 'node:util';
import { textOf, UserError, type Values } from './command.ts';

export const revisionOption = {
  revision: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

export function revisionIn(values: Values): number | undefined {
  const text = textOf(values, 'revision');
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UserError(`--revision ${text} is not a number`);
  return Number(text);
}
