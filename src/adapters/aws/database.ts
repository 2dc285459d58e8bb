/**
 * The DynamoDB operations the store needs, on the low-level client and one table.
 *
 * Expressions name attributes as `#name`; the name table is made from the text, which keeps every
 * attribute clear of DynamoDB's reserved words. A condition that does not hold is an answer here,
 * not an error. Whatever else goes wrong is thrown after the client's own retries; an operation of
 * unknown outcome may be repeated by whoever called (ports.ts).
 */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
  type KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import { indexes, type IndexName, type Key, tableKeys } from './table.ts';

export type Item = Record<string, AttributeValue>;

export interface Update {
  readonly expression: string;
  readonly values: Item;
  readonly condition?: string;
}

export interface Query {
  readonly index?: IndexName;
  readonly partition: string;
  /** On the sort key, as `#sk`, with the values it names. */
  readonly sort?: string;
  readonly filter?: string;
  readonly values?: Item;
  /** Items looked at per request. */
  readonly pageSize?: number;
  readonly newestFirst?: boolean;
}

export interface Database {
  /** False: the condition does not hold. */
  put(item: Item, condition?: string, values?: Item): Promise<boolean>;
  /** The item after the change. Undefined: the condition does not hold. */
  update(key: Key, update: Update): Promise<Item | undefined>;
  /** Deleting what is not there changes nothing. */
  remove(key: Key): Promise<void>;
  /** Sees every write that was answered before. */
  get(key: Key): Promise<Item | undefined>;
  /** In no particular order, only the named attributes, perhaps a moment old. */
  getMany(keys: readonly Key[], attributes: readonly string[]): Promise<Item[]>;
  /** Without a look at what is there; keys that are not there are passed by. */
  removeMany(keys: readonly Key[]): Promise<void>;
  /** Page after page, as the caller goes on. Strongly consistent on the table, not on an index. */
  query(query: Query): AsyncIterable<Item>;
}

export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
}

/** Keys of one BatchGetItem. */
const batchSize = 100;
/** Items deleted side by side: a batch would save no money, and needs the right to write. */
const removedAtOnce = 25;

export function openDatabase(client: DynamoDBClient, table: string): Database {
  const TableName = table;
  return {
    async put(item, condition, values) {
      const command = new PutItemCommand({
        TableName,
        Item: item,
        ...(condition !== undefined && {
          ConditionExpression: condition,
          ExpressionAttributeNames: namesIn(condition),
        }),
        ...(values !== undefined && { ExpressionAttributeValues: values }),
      });
      return (await unlessRefused(client.send(command), item)) !== undefined;
    },

    async update(key, { expression, values, condition }) {
      const command = new UpdateItemCommand({
        TableName,
        Key: asItem(key),
        UpdateExpression: expression,
        ...(condition !== undefined && { ConditionExpression: condition }),
        ExpressionAttributeNames: namesIn(`${expression} ${condition ?? ''}`),
        ExpressionAttributeValues: values,
        ReturnValues: 'ALL_NEW',
      });
      return (await unlessRefused(client.send(command), asItem(key)))?.Attributes;
    },

    async remove(key) {
      await client.send(new DeleteItemCommand({ TableName, Key: asItem(key) }));
    },

    async get(key) {
      const command = new GetItemCommand({ TableName, Key: asItem(key), ConsistentRead: true });
      return (await client.send(command)).Item;
    },

    async getMany(keys, attributes) {
      const found: Item[] = [];
      for (let start = 0; start < keys.length; start += batchSize) {
        found.push(
          ...(await getBatch(client, TableName, keys.slice(start, start + batchSize), attributes)),
        );
      }
      return found;
    },

    async removeMany(keys) {
      for (let start = 0; start < keys.length; start += removedAtOnce) {
        const some = keys.slice(start, start + removedAtOnce);
        const commands = some.map((key) => new DeleteItemCommand({ TableName, Key: asItem(key) }));
        await Promise.all(commands.map((command) => client.send(command)));
      }
    },

    query: (query) => queryPages(client, TableName, query),
  };
}

async function getBatch(
  client: DynamoDBClient,
  table: string,
  keys: readonly Key[],
  attributes: readonly string[],
): Promise<Item[]> {
  const projection = attributes.map((name) => `#${name}`).join(', ');
  const found: Item[] = [];
  let wanted: KeysAndAttributes | undefined = {
    Keys: keys.map(asItem),
    ProjectionExpression: projection,
    ExpressionAttributeNames: namesIn(projection),
  };
  // Keys come back unprocessed beyond 16 MB or under throttling; every round makes progress or throws.
  while (wanted !== undefined) {
    const command: BatchGetItemCommand = new BatchGetItemCommand({
      RequestItems: { [table]: wanted },
    });
    const { Responses, UnprocessedKeys } = await client.send(command);
    found.push(...(Responses?.[table] ?? []));
    const rest: KeysAndAttributes | undefined = UnprocessedKeys?.[table];
    wanted = rest !== undefined && (rest.Keys?.length ?? 0) > 0 ? rest : undefined;
  }
  return found;
}

async function* queryPages(
  client: DynamoDBClient,
  table: string,
  query: Query,
): AsyncGenerator<Item> {
  const index = indexes.find(({ name }) => name === query.index);
  const keys = index ?? tableKeys;
  const condition = `#pk = :pk${query.sort === undefined ? '' : ` AND ${query.sort}`}`;
  let start: Item | undefined;
  do {
    const command: QueryCommand = new QueryCommand({
      TableName: table,
      ...(index === undefined ? { ConsistentRead: true } : { IndexName: index.name }),
      KeyConditionExpression: condition,
      ...(query.filter !== undefined && { FilterExpression: query.filter }),
      ExpressionAttributeNames: {
        ...namesIn(query.filter ?? ''),
        '#pk': keys.partitionKey,
        ...(query.sort !== undefined && { '#sk': keys.sortKey }),
      },
      ExpressionAttributeValues: { ...query.values, ':pk': { S: query.partition } },
      ...(query.pageSize !== undefined && { Limit: query.pageSize }),
      ScanIndexForward: query.newestFirst !== true,
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    const page = await client.send(command);
    yield* page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** `#a = :b AND #c` names the attributes a and c. */
function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries(
    [...expression.matchAll(/#(\w+)/g)].map(([name, word]) => [name, word!]),
  );
}

function asItem({ pk, sk }: Key): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

async function unlessRefused<T>(sent: Promise<T>, item: Item): Promise<T | undefined> {
  try {
    return await sent;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    if (isTooLarge(error)) {
      const key = `${item['pk']?.S} ${item['sk']?.S}`;
      const message = `The record ${key} is larger than 400 KB, which DynamoDB does not take. Large values belong into the blob store.`;
      throw new RecordTooLarge(message, { cause: error });
    }
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'ValidationException' &&
    /item size/i.test(error.message)
  );
}
