/** Conditions about the execution that a task stands in, as it is stored now. */
import type { Json } from '../engine/flow.ts';
import type { Condition } from '../engine/trigger.ts';
import { settle } from '../expression/pending.ts';
import type { Scope } from '../expression/render.ts';
import { allHold } from '../triggers/conditions.ts';
import type { Records } from './records.ts';
import type { Runtime } from './runtime.ts';
import { causeOf } from './upstream.ts';

export async function holdAll(
  runtime: Runtime,
  { records, scope }: { readonly records: Records; readonly scope: Scope },
  conditions: readonly Json[],
): Promise<boolean> {
  const cause = causeOf(runtime, await settle(() => records.header()));
  return settle(() => allHold(conditions as unknown as readonly Condition[], { scope, cause }));
}
