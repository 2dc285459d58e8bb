/** What tasks may change of their own execution: its labels and variables. */
import type { ExecutionId } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { fromPlain, toPlain } from '../expression/value.ts';
import { type ExecutionChanges, TaskFailure } from '../tasks/define.ts';
import { changeExecution } from './changes.ts';
import { pack, unpack } from './pack.ts';
import type { Runtime } from './runtime.ts';
import { maskedTexts, type Secrets } from './secrets.ts';

export function executionChanges(
  runtime: Runtime,
  flow: Flow,
  id: ExecutionId,
  { mask, sealTexts }: Pick<Secrets, 'mask' | 'sealTexts'>,
): ExecutionChanges {
  return {
    async labels(given) {
      // They are shown, searched for and handed on: no place for a secret.
      const labels = maskedTexts(given, mask);
      await changeExecution(runtime, id, (seen) => ({
        ...seen,
        labels: { ...seen.labels, ...labels },
      }));
    },
    async variables(change) {
      const done = await changeExecution(runtime, id, async (seen) => {
        const before =
          seen.variables === undefined
            ? flow.variables
            : toPlain(await unpack(seen.variables, runtime.blobs));
        const changed = change(before as Readonly<Record<string, unknown>>);
        const after = sealTexts(fromPlain(changed));
        const key = `${id}/variables/${(seen.version ?? 0) + 1}`;
        return { ...seen, variables: await pack(after, runtime.blobs, key) };
      });
      if (!done) throw new TaskFailure({ code: 'unknown-execution', message: `${id} is gone` });
    },
  };
}
