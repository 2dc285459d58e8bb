/** How the runtime answers a function of an expression that reaches outside. */
import { ExpressionError } from '../expression/error.ts';
import type { HostFunctionName } from '../expression/host.ts';
import type { LogReader } from '../engine/ports.ts';
import type { Value, ValueMap } from '../expression/value.ts';
import type { Records } from './records.ts';

/** May throw `Pending` until the value is in memory. */
export type Answer = (args: ValueMap) => Value;
export type Answers = readonly (readonly [HostFunctionName, Answer])[];

/** Where the expressions stand. */
export interface HostPlace {
  readonly namespace: string;
  /** Absent while there is none yet. */
  readonly execution?: {
    readonly id: string;
    readonly records: Pick<Records, 'root'>;
    readonly logs: LogReader;
  };
}

export function textOf(args: ValueMap, name: string): string {
  const value = args.get(name);
  if (typeof value !== 'string') throw new ExpressionError('argument', `'${name}' must be a text`);
  return value;
}

/** Undefined where it was not given, or is null. */
export function optionalText(args: ValueMap, name: string): string | undefined {
  return (args.get(name) ?? null) === null ? undefined : textOf(args, name);
}
