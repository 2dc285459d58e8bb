/** Live progress of executions on standard error: a line per task run, per log line, per end. */
import type { End, ExecutionId, Slot } from '../engine/execution.ts';
import type { LogEntry } from '../engine/ports.ts';
import type { Watcher } from '../runtime/watch.ts';

export interface Progress extends Watcher {
  log(entry: LogEntry): void;
  /** Resolves with the end of the execution, also when it has ended before. */
  whenEnded(id: ExecutionId): Promise<End>;
}

export function showProgress(print: (line: string) => void): Progress {
  const ends = new Map<ExecutionId, PromiseWithResolvers<End>>();
  const endOf = (id: ExecutionId): PromiseWithResolvers<End> => {
    const known = ends.get(id) ?? Promise.withResolvers<End>();
    ends.set(id, known);
    return known;
  };
  return {
    slot(_id, slot) {
      print(line(slot));
    },
    ended(id, end) {
      endOf(id).resolve(end);
    },
    log(entry) {
      if (entry.path === undefined) return;
      for (const text of entry.message.split('\n')) print(`  ${entry.level.padEnd(5)} ${text}`);
    },
    whenEnded: (id) => endOf(id).promise,
  };
}

function line({ path, state, startedAt, endedAt, attempts, resumeAt, fan }: Slot): string {
  const shown = fan !== undefined && state === 'RUNNING' ? 'OPENED' : state;
  const number = attempts?.at(-1)?.number ?? 1;
  const attempt = number > 1 ? ` attempt ${number}` : '';
  const again =
    state === 'RETRYING' && resumeAt !== undefined ? `, again in ${resumeAt - endedAt} ms` : '';
  return `${shown.padEnd(8)} ${path}${attempt} (${endedAt - startedAt} ms${again})`;
}
