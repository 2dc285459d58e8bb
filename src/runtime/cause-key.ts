/** Names for one change of state of one execution. */
import { createHash } from 'node:crypto';
import type { Upstream } from './upstream.ts';

/** All that makes it this change and no other. */
export function changeOf({ execution, occurrence }: Upstream): readonly (string | number)[] {
  return [execution.id, execution.state, execution.epoch, occurrence];
}

/** A short name, for where many are kept. */
export function causeOf(upstream: Upstream): string {
  const text = JSON.stringify(changeOf(upstream));
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}
