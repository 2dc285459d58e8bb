/** The state store on one DynamoDB table (table.ts). Every write that resolved is durable. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock, StateStore } from '../../engine/ports.ts';
import { openDatabase } from './database.ts';
import { executions } from './executions.ts';
import { fans } from './fans.ts';
import { flows } from './flows.ts';
import { halted } from './halted.ts';
import { places } from './places.ts';
import { retentionOf } from './retention.ts';
import { slots } from './slots.ts';
import { triggers } from './triggers.ts';

export interface StoreOptions {
  readonly table: string;
  /** Days until an execution and what lies below it expire. Default: 90. */
  readonly retentionDays?: number;
  readonly clock?: Clock;
}

export function openStore(client: DynamoDBClient, options: StoreOptions): StateStore {
  const database = openDatabase(client, options.table);
  const retention = retentionOf(options.retentionDays ?? 90);
  return {
    ...executions(database, retention),
    ...slots(database, retention),
    ...fans(database, retention, options.clock ?? { now: Date.now }),
    ...flows(database),
    ...halted(database),
    ...triggers(database),
    ...places(database),
    // Steps hardly ever list.
    listExecutions: async (query) =>
      (await import('./execution-lists.ts')).listExecutions(database, query),
    settled: () => Promise.resolve(),
  };
}
