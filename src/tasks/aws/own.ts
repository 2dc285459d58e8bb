/**
 * What belongs to the engine is not for flows: they run with the engine's role, which may change its
 * table, bucket and queues, and so could undo all that the engine promises. A flow that names a role
 * or keys of its own is what that role or those keys allow, and no more.
 */
import { TaskFailure } from '../define.ts';

/** How deep resources are named, for instance in the requests of a transaction. */
const depthMax = 8;

/** Throws where the input of a call names one of `own`: names, ARNs or addresses. */
export function refuseOwn(input: unknown, own: readonly string[] = [], depth = 0): void {
  if (own.length === 0 || depth > depthMax) return;
  if (typeof input === 'string') {
    const named = own.find((one) => names(input, one));
    if (named === undefined) return;
    const message = `"${named}" belongs to the engine itself. A flow that must use it names a role of its own (stsRoleArn).`;
    throw new TaskFailure({ code: 'engine-resource', message, retryable: false });
  }
  if (typeof input !== 'object' || input === null || ArrayBuffer.isView(input)) return;
  for (const [key, value] of Object.entries(input)) {
    refuseOwn(key, own, depth + 1);
    refuseOwn(value, own, depth + 1);
  }
}

/** As it is, at the end of an ARN or address or before what is below it, or in a PartiQL statement. */
function names(text: string, own: string): boolean {
  if (text === own || text.includes(`"${own}"`)) return true;
  return new Set([...text.split('/'), ...text.split(':'), ...text.split(/[/:]/)]).has(own);
}
