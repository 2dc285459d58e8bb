/** Logs in the same file and the same commits: a line is on disk no later than what followed it. */
import type { LogLevel } from '../../engine/flow.ts';
import type { LogEntry, LogReader, LogSink } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';

const severities: Readonly<Record<LogLevel, number>> = {
  TRACE: 0,
  DEBUG: 1,
  INFO: 2,
  WARN: 3,
  ERROR: 4,
};

export function logsOf(commits: GroupCommit): LogSink & LogReader {
  const { database } = commits;
  const insert = database.prepare(
    'INSERT INTO logs (execution, timestamp, severity, entry) VALUES (?, ?, ?, ?)',
  );
  const select = database.prepare(
    'SELECT entry FROM logs WHERE execution = ? AND severity >= ? ORDER BY timestamp, seq',
  );
  return {
    write: (entry) =>
      commits.writeNow(() => {
        const { executionId, timestamp, level } = entry;
        insert.run(executionId, timestamp, severities[level], JSON.stringify(entry));
      }),
    readLogs: (id, minLevel = 'TRACE') =>
      commits.read(() =>
        select
          .all(id, severities[minLevel])
          .map((row) => JSON.parse(String(row['entry'])) as LogEntry),
      ),
  };
}
