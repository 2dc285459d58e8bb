/** Messages about a whole execution and not one of its tasks: that it may start, that a deadline has come. */
import { UnreadableBaton } from '../engine/baton.ts';
import type { ExecutionId } from '../engine/execution.ts';
import type { Message } from '../engine/ports.ts';

export interface Wake {
  readonly wake: 'start' | 'deadline';
  readonly execution: ExecutionId;
}

export function wakeMessage(wake: Wake, notBefore?: number): Message {
  const at = notBefore === undefined ? '' : `:${notBefore}`;
  return {
    body: `${mark}${JSON.stringify(wake)}`,
    lane: 'fast',
    key: `${wake.execution}:${wake.wake}${at}`,
    ...(notBefore !== undefined && { notBefore }),
  };
}

/** No baton begins with it, so telling them apart costs nothing. */
const mark = 'wake ';

export function readWake(body: string): Wake | undefined {
  if (!body.startsWith(mark)) return undefined;
  const { wake, execution } = parsed(body.slice(mark.length)) ?? {};
  if ((wake === 'start' || wake === 'deadline') && typeof execution === 'string') {
    return { wake, execution };
  }
  throw new UnreadableBaton(`A message cannot be read: it wakes nothing`);
}

function parsed(text: string): Partial<Record<keyof Wake, unknown>> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
