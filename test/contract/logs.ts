/** The promises of `LogSink` and `LogReader`, for back ends that read what they wrote. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { LogLevel } from '../../src/engine/flow.ts';
import type { LogReader, LogSink } from '../../src/engine/ports.ts';
import { aLogEntry, epochMs, fresh } from './fixtures.ts';
import { describePromises, type Deviations } from './promises.ts';

export interface LogsUnderTest {
  readonly logs: LogSink & LogReader;
  close(): Promise<void>;
}

export function describeLogs(
  name: string,
  open: () => Promise<LogsUnderTest>,
  deviations: Deviations = {},
): void {
  describePromises(`${name}: logs`, deviations, (promise) => {
    let opened: LogsUnderTest | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened?.close(), 60_000);
    const logs = (): LogSink & LogReader => {
      if (opened === undefined) throw new Error('the logs are not open');
      return opened.logs;
    };

    promise(
      'entries come back whole, oldest first, in the order of writing where equal',
      async () => {
        const executionId = fresh('execution');
        const task = { taskId: 'fetch', path: 'each[3]/fetch', attempt: 2 };
        const entries = [
          aLogEntry({ executionId, timestamp: epochMs + 2, message: 'third' }),
          aLogEntry({ executionId, timestamp: epochMs, message: 'first', ...task }),
          aLogEntry({ executionId, timestamp: epochMs, message: 'second: Grüße 👋\n\u0000"\\' }),
        ] as const;
        for (const entry of entries) logs().write(entry);
        logs().write(aLogEntry({ message: 'of another execution' }));
        expect(await logs().readLogs(executionId)).toEqual([entries[1], entries[2], entries[0]]);
      },
    );

    promise('a level keeps itself and what is above', async () => {
      const executionId = fresh('execution');
      const levels: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];
      for (const [index, level] of levels.entries()) {
        logs().write(aLogEntry({ executionId, level, timestamp: epochMs + index }));
      }
      for (const [index, level] of levels.entries()) {
        const read = await logs().readLogs(executionId, level);
        expect(read.map((entry) => entry.level)).toEqual(levels.slice(index));
      }
    });

    promise('of more lines than are wanted the oldest come', async () => {
      const executionId = fresh('execution');
      for (const second of [3, 1, 2]) {
        logs().write(aLogEntry({ executionId, timestamp: epochMs + second }));
      }
      const read = await logs().readLogs(executionId, 'TRACE', 2);
      expect(read.map(({ timestamp }) => timestamp)).toEqual([epochMs + 1, epochMs + 2]);
    });

    promise('a line of 1 MB comes back, and an unknown execution has none', async () => {
      const entry = aLogEntry({ message: 'é'.repeat(500_000) });
      logs().write(entry);
      expect(await logs().readLogs(entry.executionId)).toEqual([entry]);
      expect(await logs().readLogs(fresh('nobody'))).toEqual([]);
    });
  });
}
