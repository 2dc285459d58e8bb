/** The billable operations of a run, as a small table. */
import { type Counts, costOf } from '../engine/cost.ts';

const names: Readonly<Record<string, string>> = {
  write: 'DynamoDB write units',
  read: 'DynamoDB read units',
  send: 'SQS sends',
  receive: 'SQS receives',
  delete: 'SQS deletes',
  invoke: 'Lambda invokes',
  put: 'S3 puts',
  get: 'S3 gets',
  schedule: 'schedules',
};

export function costReport(counts: Counts): string {
  const { operations, usd } = costOf(counts);
  const lines = Object.entries(names).flatMap(([operation, name]) => {
    const count = operations[operation as keyof Counts];
    if (!count) return [];
    return [`  ${name.padEnd(22)} ${String(count.units).padStart(6)} in ${count.calls} calls`];
  });
  lines.push(
    `  ${'at list prices'.padEnd(22)} $${(usd * 1e6).toFixed(2)} per million such executions`,
  );
  return lines.join('\n');
}
