/**
 * The log as JSON lines on standard output, which Lambda brings to CloudWatch Logs.
 *
 * Only what a reader needs is on a line: logs are billed by the byte. Fields that are absent are
 * left out, the time is the entry's own, and a message ends where Lambda would cut the line in two.
 */
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import type { LogLevel } from '../../engine/flow.ts';
import type { LogSink } from '../../engine/ports.ts';

const bytesPerMessage = 240_000;

/** The logger keeps `timestamp` for itself: the entry's own travels under this name. */
const timeField = 'at';

class LineFormatter extends LogFormatter {
  override formatAttributes(line: UnformattedAttributes, fields: LogAttributes): LogItem {
    const { [timeField]: at, ...rest } = fields;
    const timestamp = new Date(Number(at)).toISOString();
    const attributes = { timestamp, level: line.logLevel, message: line.message, ...rest };
    return new LogItem({ attributes });
  }
}

export function openLogSink(): LogSink {
  const logger = new Logger({ logLevel: 'TRACE', logFormatter: new LineFormatter() });
  const methods = {
    TRACE: 'trace',
    DEBUG: 'debug',
    INFO: 'info',
    WARN: 'warn',
    ERROR: 'error',
  } as const satisfies Record<LogLevel, keyof Logger>;
  return {
    write({ level, message, timestamp, ...fields }) {
      logger[methods[level]](shortened(message), { ...fields, [timeField]: timestamp });
    },
  };
}

function shortened(message: string): string {
  // A character is at most three bytes, and its escape in JSON at most six.
  if (message.length * 6 <= bytesPerMessage) return message;
  const bytes = Buffer.from(JSON.stringify(message));
  if (bytes.length <= bytesPerMessage) return message;
  const kept = message.slice(0, Math.floor((message.length * bytesPerMessage) / bytes.length));
  return `${kept.toWellFormed()}… (${message.length - kept.length} more characters)`;
}
