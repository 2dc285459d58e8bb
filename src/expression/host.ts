/**
 * What the language needs from outside: a clock, randomness, the zone and locale of the server, and
 * the functions that read storage, secrets or the network. The language declares those functions
 * (names, parameters); their answers come from `Host.call`, which may throw `Pending` until the
 * value is in memory. Everything else is a pure function of template, variables and host.
 */
import { ExpressionError } from './error.ts';
import type { Limits } from './limits.ts';
import type { Value, ValueMap } from './value.ts';

export const hostFunctionNames = [
  'appLink',
  'credential',
  'decrypt',
  'encrypt',
  'env',
  'errorLogs',
  'fileExists',
  'fileSize',
  'fileURI',
  'http',
  'isFileEmpty',
  'isPublicHoliday',
  'kv',
  'read',
  'secret',
  'subflow',
] as const;

export type HostFunctionName = (typeof hostFunctionNames)[number];

export interface Host {
  /** Milliseconds since the epoch. */
  now(): number;
  /** At least 0 and less than 1. */
  random(): number;
  /** The zone dates are read and shown in when a template names none; UTC when absent. */
  readonly timeZone?: string;
  /** Such as `en_US`, which is the default. */
  readonly locale?: string;
  /** Answers a host function; arguments are by name, only those that were given. */
  call(name: HostFunctionName, args: ValueMap): Value;
  /**
   * Runs a jq program within its limits and gives its outputs as JSON, one a line. May throw
   * `Pending`. A host without it has jq run in place, where nothing can stop a program that computes
   * without end: such a host must not be handed templates of strangers.
   */
  jq?(request: JqRequest): string;
}

export interface JqRequest {
  /** JSON text. */
  readonly input: string;
  readonly program: string;
  readonly limits: Limits;
}

/** A host without an outside: its clock stands at the epoch and every host function is refused. */
export const noHost: Host = {
  now: () => 0,
  random: () => 0,
  call(name) {
    const message = `The function '${name}' is not available here`;
    throw new ExpressionError('host', message, { subject: name });
  },
};
