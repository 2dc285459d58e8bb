/** `indent` and `nindent`: moving lines to the right, keeping the text's own kind of line break. */
import {
  type Args,
  type Call,
  type FilterDefinition,
  integerArgument,
  nullSafe,
} from '../definition.ts';
import { argumentError } from '../error.ts';
import { textOf } from './text.ts';
import type { Value } from '../value.ts';

function lineBreakOf(text: string): string {
  const found = ['\r\n', '\n\r', '\n', '\r'].find((candidate) => text.includes(candidate));
  return found ?? '\n';
}

function margin(args: Args, call: Call): string {
  const message = `The '${call.name}' filter expects an integer as argument 'amount'.`;
  const amount = integerArgument(args[0], message);
  const [, prefix = ' '] = args;
  if (amount < 0) throw argumentError(message, 'amount');
  const unit = prefix === null ? ' ' : textOf(prefix, call);
  call.run.budget.text(unit.length * amount);
  return unit.repeat(amount);
}

function indented(text: string, before: string, call: Call): string {
  const lineBreak = lineBreakOf(text);
  const lines = text.split(lineBreak);
  call.run.budget.text(text.length + lines.length * before.length);
  return lines.join(lineBreak + before);
}

function indent(input: Value, args: Args, call: Call): Value {
  const before = margin(args, call);
  return indented(textOf(input, call), before, call);
}

function nindent(input: Value, args: Args, call: Call): Value {
  const before = margin(args, call);
  const text = textOf(input, call);
  if (text === '') return text;
  return lineBreakOf(text) + before + indented(text, before, call);
}

export const lineFilters: readonly (readonly [string, FilterDefinition])[] = [
  ['indent', nullSafe('amount: integer, prefix?: string', indent)],
  ['nindent', nullSafe('amount: integer, prefix?: string', nindent)],
];
