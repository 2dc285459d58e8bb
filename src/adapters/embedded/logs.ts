/** Logs in the same file and the same commits: a line is on disk no later than what followed it. */
import { type LogLevel, logLevels } from '../../engine/flow.ts';
import type { LogEntry, LogReader, LogSink } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';

const severity = (level: LogLevel): number => logLevels.indexOf(level);

export function logsOf(commits: GroupCommit): LogSink & LogReader {
  const { database } = commits;
  const insert = database.prepare(
    'INSERT INTO logs (execution, timestamp, severity, entry) VALUES (?, ?, ?, ?)',
  );
  const select = database.prepare(
    'SELECT entry FROM logs WHERE execution = ? AND severity >= ? ORDER BY timestamp, seq LIMIT ?',
  );
  return {
    write: (entry) =>
      commits.writeNow(() => {
        const { executionId, timestamp, level } = entry;
        insert.run(executionId, timestamp, severity(level), JSON.stringify(entry));
      }),
    lagMs: 0,
    // To SQLite a negative limit is none.
    readLogs: (id, minLevel = 'TRACE', linesMax = -1) =>
      commits.read(() =>
        select
          .all(id, severity(minLevel), linesMax)
          .map((row) => JSON.parse(String(row['entry'])) as LogEntry),
      ),
  };
}
