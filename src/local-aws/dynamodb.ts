/** The DynamoDB of the local AWS: dynalite's server, and the table the samples store items in. */
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';

export interface TablesPlace {
  /** In memory without it. */
  readonly directory?: string | undefined;
  /** Whether an earlier start got as far as completing its tables. */
  readonly isComplete: boolean;
}

export function dynamodbServer(place: TablesPlace): Server {
  const instantly = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  if (place.directory === undefined) return dynalite(instantly);
  const path = join(place.directory, 'dynamodb');
  // A process killed while its table was being created leaves a table that is CREATING for ever.
  // Nobody had been told of it yet, so nothing is lost with it.
  if (!place.isComplete) rmSync(path, { recursive: true, force: true });
  return dynalite({ ...instantly, path });
}

/** Creates the table, keyed by the string `id`, if it is absent, and waits until it can be used. */
export async function ensureTable(client: DynamoDBClient, table: string): Promise<void> {
  if ((await status(client, table)) === undefined) {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
  }
  // Each turn is a request to the same process, which gives the table's timer the chance to fire.
  for (let turn = 0; turn < 100; turn += 1) {
    if ((await status(client, table)) === 'ACTIVE') return;
  }
  throw new Error(`The table "${table}" of the local AWS does not become active.`);
}

async function status(client: DynamoDBClient, table: string): Promise<string | undefined> {
  try {
    const described = await client.send(new DescribeTableCommand({ TableName: table }));
    return described.Table?.TableStatus;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
