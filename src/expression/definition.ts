/**
 * How filters, functions and tests are declared. The tables they end up in are Maps, so no name of a
 * prototype is ever found in them, and the same declarations tell the static checker which names and
 * parameters exist.
 */
import { argumentError } from './error.ts';
import type { Frame, Run } from './run.ts';
import type { Value } from './value.ts';

type ParameterType = 'any' | 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'map' | 'date';

export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  readonly type: ParameterType;
}

/** Arguments in the order of the parameters; undefined where none was given. */
export type Args = readonly (Value | undefined)[];

/** Where a filter, function or test was called. */
export interface Call {
  readonly name: string;
  readonly run: Run;
  readonly frame: Frame;
}

interface Definition {
  readonly parameters: readonly Parameter[];
  /** Takes further positional arguments, silently (`upper(1)`), or on purpose (`max(1, 2, 3)`). */
  readonly takesMore?: boolean;
}

export interface FilterDefinition extends Definition {
  readonly apply: (input: Value, args: Args, call: Call) => Value;
  /** Gets null instead of failing when its input does not exist. */
  readonly toleratesMissing?: boolean;
}

export interface FunctionDefinition extends Definition {
  readonly apply: (args: Args, call: Call) => Value;
  /** Answered by `Host.call`. */
  readonly isHosted?: boolean;
}

export interface TestDefinition extends Definition {
  readonly apply: (input: Value, call: Call) => boolean;
  readonly toleratesMissing?: boolean;
}

/**
 * Parameters from a short text: `parameters('amount: integer, prefix?: string')`.
 */
export function parameters(text: string): readonly Parameter[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const [name = '', type = 'any'] = part.split(':').map((word) => word.trim());
    const optional = name.endsWith('?');
    return {
      name: optional ? name.slice(0, -1) : name,
      optional,
      type: type as ParameterType,
    };
  });
}

/** A filter of its input alone. */
export function filter(
  spec: string,
  apply: FilterDefinition['apply'],
  options: { takesMore?: boolean; toleratesMissing?: boolean } = {},
): FilterDefinition {
  return { parameters: parameters(spec), apply, ...options };
}

/** A filter that gives null for null. */
export function nullSafe(
  spec: string,
  apply: FilterDefinition['apply'],
  options: { takesMore?: boolean } = {},
): FilterDefinition {
  return filter(
    spec,
    (input, args, call) => (input === null ? null : apply(input, args, call)),
    options,
  );
}

export function fn(
  spec: string,
  apply: FunctionDefinition['apply'],
  options: { takesMore?: boolean } = {},
): FunctionDefinition {
  return { parameters: parameters(spec), apply, ...options };
}

/** An integer argument; doubles without a fraction are welcome too. */
export function integerArgument(value: Value | undefined, message: string): number {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw argumentError(message);
}
