/** `a..b` and `range(a, b, increment)`: both ends included, numbers or single characters. */
import { toDouble } from './compare.ts';
import { evaluationError } from './error.ts';
import type { Budget } from './limits.ts';
import { isNumber, type Value } from './value.ts';

export function range(start: Value, end: Value, increment: Value, budget: Budget): Value {
  const step = truncated(increment);
  if (step === undefined) throw evaluationError('The increment of range must be a number');
  if (step === 0n) {
    throw evaluationError('The increment of the range function must be different than 0');
  }
  const first = truncated(start);
  const last = truncated(end);
  if (first !== undefined && last !== undefined) return numbers(first, last, step, budget);
  const from = character(start);
  const to = character(end);
  if (from === undefined || to === undefined) {
    throw evaluationError(
      'Arguments of range function must be of type Number or String with a length of 1',
    );
  }
  const codes = numbers(from, to, step, budget);
  return codes.map((code) => String.fromCharCode(Number(code)));
}

function truncated(value: Value): bigint | undefined {
  if (!isNumber(value)) return undefined;
  if (typeof value === 'bigint') return value;
  const double = Math.trunc(toDouble(value));
  return Number.isFinite(double) ? BigInt(double) : undefined;
}

function character(value: Value): bigint | undefined {
  return typeof value === 'string' && value.length === 1 ? BigInt(value.charCodeAt(0)) : undefined;
}

function numbers(first: bigint, last: bigint, step: bigint, budget: Budget): bigint[] {
  const count = (last - first) / step + 1n;
  if ((last - first) * step < 0n) return [];
  budget.list(count > 2n ** 53n ? Number.MAX_SAFE_INTEGER : Number(count));
  return Array.from({ length: Number(count) }, (_, index) => first + step * BigInt(index));
}
