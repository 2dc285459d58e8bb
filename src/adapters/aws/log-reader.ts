/**
 * Reads an execution's log lines back from CloudWatch Logs. Loaded by whoever shows logs, never by a
 * step.
 */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { ExecutionId } from '../../engine/execution.ts';
import { type LogLevel, logLevels } from '../../engine/flow.ts';
import type { LogEntry, LogReader } from '../../engine/ports.ts';

/** Loaded together with what uses it. */
export { CloudWatchLogsClient };

export interface LogReaderOptions {
  /** Log groups of the functions that run tasks. */
  readonly groups: readonly string[];
  /** From when on the execution can have logged; without it the whole retention is searched. */
  readonly startOf?: (id: ExecutionId) => Promise<number | undefined>;
}

const severity = (level: LogLevel): number => logLevels.indexOf(level);

export function openLogReader(
  client: CloudWatchLogsClient,
  { groups, startOf }: LogReaderOptions,
): LogReader {
  return {
    async readLogs(id, minLevel = 'TRACE') {
      const start = await startOf?.(id);
      const lists = await Promise.all(groups.map((group) => readGroup(client, group, id, start)));
      return lists
        .flat()
        .filter(({ level }) => severity(level) >= severity(minLevel))
        .sort((a, b) => a.timestamp - b.timestamp);
    },
  };
}

async function readGroup(
  client: CloudWatchLogsClient,
  logGroupName: string,
  id: ExecutionId,
  startTime: number | undefined,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let nextToken: string | undefined;
  do {
    const command: FilterLogEventsCommand = new FilterLogEventsCommand({
      logGroupName,
      filterPattern: `{ $.executionId = ${JSON.stringify(id)} }`,
      ...(startTime !== undefined && { startTime }),
      ...(nextToken !== undefined && { nextToken }),
    });
    const page = await client.send(command);
    for (const { message } of page.events ?? []) {
      const entry = readLine(message ?? '');
      if (entry?.executionId === id) entries.push(entry);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return entries;
}

/** Undefined: a line of something else. An empty message is not on the line at all. */
function readLine(line: string): LogEntry | undefined {
  try {
    const { timestamp, message = '', ...fields } = JSON.parse(line);
    return { ...fields, message, timestamp: Date.parse(timestamp) };
  } catch {
    return undefined;
  }
}
