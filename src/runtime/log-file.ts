/** The log of one attempt where the task asks for a file instead of the log store (`logToFile`). */
import type { LogEntry } from '../engine/ports.ts';

export interface LogFile {
  write(entry: Pick<LogEntry, 'timestamp' | 'level' | 'message'>): void;
  /** One line per entry; undefined where there is none. */
  bytes(): Uint8Array | undefined;
}

export function logFile(): LogFile {
  const lines: string[] = [];
  return {
    write({ timestamp, level, message }) {
      lines.push(`${new Date(timestamp).toISOString()} ${level} ${message}\n`);
    },
    bytes: () => (lines.length > 0 ? Buffer.from(lines.join('')) : undefined),
  };
}
