/**
 * Reads an execution's log lines back from CloudWatch Logs. Loaded by whoever shows logs, and by a
 * step whose task or expression asks for them.
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
): Pick<LogReader, 'readLogs'> {
  return {
    async readLogs(id, minLevel = 'TRACE', linesMax = Infinity) {
      const start = await startOf?.(id);
      const wanted = { id, start, linesMax, least: severity(minLevel) };
      const lists = await Promise.all(groups.map((group) => readGroup(client, group, wanted)));
      return lists
        .flat()
        .sort((a, b) => a.timestamp - b.timestamp)
        .slice(0, linesMax);
    },
  };
}

interface Wanted {
  readonly id: ExecutionId;
  readonly start: number | undefined;
  readonly least: number;
  readonly linesMax: number;
}

/** Events come oldest first, so that what is left out is the newest. */
async function readGroup(
  client: CloudWatchLogsClient,
  logGroupName: string,
  { id, start: startTime, least, linesMax }: Wanted,
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
      if (entry?.executionId === id && severity(entry.level) >= least) entries.push(entry);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined && entries.length < linesMax);
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
