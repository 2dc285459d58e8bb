/**
 * What operations cost at list prices (us-east-1, on demand, November 2026). The time a function
 * runs is billed beside these and is not counted here: about $0.07 per million steps of 20 ms at
 * 256 MB on arm64.
 */
import type { Operation } from './ports.ts';

export interface Count {
  readonly calls: number;
  readonly units: number;
}

export type Counts = Readonly<Partial<Record<Operation, Count>>>;

/** US dollars per million units. */
const pricePerMillion: Readonly<Record<Operation, number>> = {
  read: 0.125,
  write: 0.625,
  send: 0.4,
  receive: 0.4,
  delete: 0.4,
  invoke: 0.2,
  put: 5,
  get: 0.4,
  schedule: 1,
};

export interface Cost {
  readonly operations: Counts;
  /** US dollars for the counted operations. */
  readonly usd: number;
}

/** What a replay counted, and the sizes of what was stored. */
export interface Work {
  readonly sends: number;
  readonly joins: number;
  readonly claims: number;
  /** Bytes of each item written, the header's two writes included. */
  readonly itemBytes: readonly number[];
}

/**
 * The operations of an execution as its records tell them: every message is sent, received and
 * deleted once and is one invocation (batches of one), every record is one write. Redeliveries,
 * reads of values that did not travel, and blobs come on top; the meter counts those as they happen.
 */
export function operationsOf({ sends, joins, claims, itemBytes }: Work): Counts {
  const messages = { calls: sends, units: sends };
  const small = joins + claims;
  const units = itemBytes.reduce((sum, bytes) => sum + Math.max(1, Math.ceil(bytes / 1024)), small);
  return {
    write: { calls: itemBytes.length + small, units },
    send: messages,
    receive: messages,
    delete: messages,
    invoke: { calls: sends + 1, units: sends + 1 },
  };
}

export function costOf(operations: Counts): Cost {
  let usd = 0;
  for (const [operation, count] of Object.entries(operations)) {
    usd += (pricePerMillion[operation as Operation] * count.units) / 1e6;
  }
  return { operations, usd };
}
