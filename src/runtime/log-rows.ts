/** The log of an execution as flows see it: `log.Fetch` and `errorLogs()`. */
import type { ExecutionId } from '../engine/execution.ts';
import type { LogLevel } from '../engine/flow.ts';
import type { LogEntry, LogReader } from '../engine/ports.ts';
import type { LogRow } from '../tasks/define.ts';
import { taskRunId } from './task-run-id.ts';

/** An execution logs without bound, whoever reads it has a memory. */
const linesMax = 20_000;

export async function readLogRows(
  logs: LogReader,
  id: ExecutionId,
  minLevel: LogLevel,
): Promise<readonly LogRow[]> {
  return (await logs.readLogs(id, minLevel, linesMax)).map(rowOf);
}

function rowOf({ timestamp, path, attempt, revision: _, ...entry }: LogEntry): LogRow {
  return {
    ...entry,
    timestamp: new Date(timestamp).toISOString(),
    ...(path !== undefined && { taskRunId: taskRunId(entry.executionId, path) }),
    ...(attempt !== undefined && { attemptNumber: attempt - 1 }),
  };
}
