/**
 * Key-value pairs: one item each, in a partition per namespace, sorted by key.
 *
 * What has expired is not seen by any call from its date on; DynamoDB removes the item some time
 * after. Loaded when the first pair is asked for.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { KeyEntry, KeyValueStore, NewKeyValue } from '../../engine/ports.ts';
import { number, packed, present, reader, text } from './attributes.ts';
import { type Item, openDatabase } from './database.ts';
import { keyValueKey, tableKeys } from './table.ts';

/** Pairs looked at per request: few enough for 1 MB, many enough for a prefix that is wide. */
const pageSize = 100;

export function openKeyValues(client: DynamoDBClient, table: string): KeyValueStore {
  const database = openDatabase(client, table);
  return {
    async get(namespace, key, now) {
      const item = await database.get(keyValueKey(namespace, key));
      const value = item && reader(item).optionalPacked('v');
      if (item === undefined || value === undefined || hasExpired(item, now)) return undefined;
      return { ...fromItem(item), value };
    },

    async put(namespace, pair, now) {
      const written = await database.update(keyValueKey(namespace, pair.key), {
        ...changesOf(pair, now),
        ...(pair.absentOnly && {
          condition: 'attribute_not_exists(#pk) OR #x <= :up OR #w = :w',
        }),
      });
      return written === undefined ? 'exists' : 'stored';
    },

    async delete(namespace, key, { now, expiredOnly = false }) {
      const { pk, sk } = keyValueKey(namespace, key);
      const command = new DeleteItemCommand({
        TableName: table,
        Key: { [tableKeys.partitionKey]: text(pk), [tableKeys.sortKey]: text(sk) },
        ReturnValues: 'ALL_OLD',
        ...(expiredOnly && {
          ConditionExpression: '#x <= :now',
          ExpressionAttributeNames: { '#x': 'x' },
          ExpressionAttributeValues: { ':now': number(now) },
        }),
      });
      try {
        const { Attributes: old } = await client.send(command);
        return old !== undefined && hasExpired(old, now) === expiredOnly;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },

    async list(namespace, { prefix = '', after, limit, now, expired = false }) {
      const found: KeyEntry[] = [];
      const { pk: partition } = keyValueKey(namespace, '');
      const items = database.query({
        partition,
        sort: '#sk BETWEEN :from AND :to',
        values: {
          // No key is empty, and none has a character beyond the last one.
          ':from': text(after === undefined ? prefix || '\u0000' : `${after}\u0000`),
          ':to': text(`${prefix}\u{10ffff}`),
        },
        pageSize: Math.min(limit + 1, pageSize),
      });
      for await (const item of items) {
        if (hasExpired(item, now) === expired) found.push(fromItem(item));
        if (found.length > limit) break;
      }
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page,
        ...(found.length > limit && last !== undefined && { next: last.key }),
      };
    },
  };
}

function hasExpired(item: Item, now: number): boolean {
  const expiresAt = reader(item).optionalNumber('x');
  return expiresAt !== undefined && expiresAt <= now;
}

/** The whole pair, but for the date it was made on. */
function changesOf({ value, type, writer, description, expiresAt }: NewKeyValue, now: number) {
  const set = {
    v: packed(value),
    t: text(type),
    w: text(writer),
    up: number(now),
    ...(description !== undefined && { d: text(description) }),
    ...(expiresAt !== undefined && {
      x: number(expiresAt),
      [tableKeys.ttl]: number(Math.ceil(expiresAt / 1000)),
    }),
  };
  const names = Object.keys(set);
  const gone = ['d', 'x', tableKeys.ttl].filter((name) => !names.includes(name));
  const changes = names.map((name) => `#${name} = :${name}`);
  const removal = gone.length > 0 ? ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}` : '';
  return {
    expression: `SET ${changes.join(', ')}, #cr = if_not_exists(#cr, :up)${removal}`,
    values: Object.fromEntries(Object.entries(set).map(([name, item]) => [`:${name}`, item])),
  };
}

function fromItem(item: Item): KeyEntry {
  const read = reader(item);
  return present<KeyEntry>({
    key: read.text('sk'),
    type: read.text('t'),
    description: read.optionalText('d'),
    createdAt: read.number('cr'),
    updatedAt: read.number('up'),
    expiresAt: read.optionalNumber('x'),
  });
}
