/** The lines a function writes to standard output: log entries and metrics. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openLogSink } from '../../../src/adapters/aws/log-sink.ts';
import { openMetrics } from '../../../src/adapters/aws/metrics.ts';
import { aLogEntry } from '../../contract/fixtures.ts';

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  const take = (text: string | Uint8Array): boolean => {
    lines.push(...String(text).split('\n').filter(Boolean));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
});
afterEach(() => vi.restoreAllMocks());

const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

it('a log entry is one line of its own fields and nothing else', () => {
  const entry = aLogEntry({ taskId: 'fetch', path: 'each[3]/fetch', attempt: 2, message: 'a\nb' });
  openLogSink().write(entry);
  const { timestamp, ...rest } = entry;
  expect(parsed()).toEqual([{ ...rest, timestamp: new Date(timestamp).toISOString() }]);
});

it('every level is written, and a line that Lambda would cut is shortened', () => {
  const sink = openLogSink();
  for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const) {
    sink.write(aLogEntry({ level }));
  }
  sink.write(aLogEntry({ message: '👋"'.repeat(200_000) }));
  expect(parsed().map(({ level }) => level)).toEqual([
    'TRACE',
    'DEBUG',
    'INFO',
    'WARN',
    'ERROR',
    'INFO',
  ]);
  expect(Buffer.byteLength(lines[5] ?? '')).toBeLessThan(256 * 1024);
  expect(lines[5]).toContain('more characters)');
});

it('metrics wait for the flush, and values of equal dimensions share a line', () => {
  const metrics = openMetrics();
  metrics.count('Executions', 1, { state: 'SUCCESS' });
  metrics.count('Executions', 1, { state: 'FAILED' });
  metrics.count('Executions', 1, { state: 'SUCCESS' });
  metrics.duration('TaskDuration', 12.5, { state: 'SUCCESS' });
  expect(lines).toEqual([]);
  metrics.flush();
  metrics.flush();
  expect(parsed()).toHaveLength(2);
  expect(parsed()[0]).toMatchObject({
    state: 'SUCCESS',
    Executions: [1, 1],
    TaskDuration: 12.5,
    _aws: { CloudWatchMetrics: [{ Namespace: 'Baton' }] },
  });
  expect(parsed()[1]).toMatchObject({ state: 'FAILED', Executions: 1 });
});
