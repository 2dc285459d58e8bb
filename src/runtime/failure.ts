/** Anything thrown by a task, as the failure its slot records. */
import { BrokenInvariant } from '../engine/assert.ts';
import type { Failure } from '../engine/execution.ts';
import { ExpressionError } from '../expression/error.ts';
import { TaskFailure } from '../tasks/define.ts';
import { isPortFailure } from './port-failure.ts';

const causeDepthMax = 5;

/** Rethrows broken invariants and failed ports: they are not the task's, and go back to the queue. */
export function failureOf(error: unknown, depth = 0): Failure {
  if (error instanceof BrokenInvariant || isPortFailure(error)) throw error;
  if (error instanceof TaskFailure) return withCause(error.failure, error, depth);
  if (error instanceof ExpressionError) return { code: 'expression', message: error.message };
  if (error instanceof Error) {
    return withCause({ code: 'task-error', message: error.message || error.name }, error, depth);
  }
  return { code: 'task-error', message: String(error) };
}

function withCause(failure: Failure, error: Error, depth: number): Failure {
  if (failure.cause || error.cause === undefined || depth >= causeDepthMax) return failure;
  return { ...failure, cause: failureOf(error.cause, depth + 1) };
}

const traceCharactersMax = 10_000;

/** Where the error came up, and what caused it: for whoever looks for the reason. */
export function traceOf(error: unknown): string {
  return tracesOf(error, 0).join('\nCaused by: ').slice(0, traceCharactersMax);
}

function tracesOf(error: unknown, depth: number): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const { stack, cause } = error;
  const own = stack ?? `${error.name}: ${error.message}`;
  const ends = cause === undefined || depth >= causeDepthMax;
  return ends ? [own] : [own, ...tracesOf(cause, depth + 1)];
}
