/** What the work would be billed on AWS: DynamoDB request units and SQS requests, by size. */
import type { ExecutionId } from '../../engine/execution.ts';
import type { Meter, Operation } from '../../engine/ports.ts';

const kib = 1024;
/** Attribute names, numbers and the key's prefixes: about what every item has besides its texts. */
const itemOverheadBytes = 100;

export function textBytes(parts: readonly unknown[]): number {
  let bytes = 0;
  for (const part of parts) {
    if (typeof part === 'string') bytes += Buffer.byteLength(part);
    else if (part instanceof Uint8Array) bytes += part.byteLength;
  }
  return bytes;
}

export function itemBytes(...parts: readonly unknown[]): number {
  return itemOverheadBytes + textBytes(parts);
}

export interface Bill {
  write(bytes: number, execution?: ExecutionId): void;
  /** Strongly consistent. */
  read(bytes: number, execution?: ExecutionId): void;
  /** Lists: from an index, eventually consistent, half the price. */
  list(bytes: number): void;
  requests(operation: Operation, bytes: number, execution?: ExecutionId): void;
  one(operation: Operation, execution?: ExecutionId): void;
}

export function billOf(meter: Meter): Bill {
  const begun = (bytes: number, size: number) => Math.max(1, Math.ceil(bytes / size));
  return {
    write: (bytes, execution) => meter.count('write', begun(bytes, kib), execution),
    read: (bytes, execution) => meter.count('read', begun(bytes, 4 * kib), execution),
    list: (bytes) => meter.count('read', begun(bytes, 4 * kib) / 2),
    requests: (operation, bytes, execution) =>
      meter.count(operation, begun(bytes, 64 * kib), execution),
    one: (operation, execution) => meter.count(operation, 1, execution),
  };
}

/** Message keys start with the execution's id. */
export function executionOfKey(key: string): ExecutionId | undefined {
  const end = key.indexOf(':');
  return end < 0 ? undefined : key.slice(0, end);
}
