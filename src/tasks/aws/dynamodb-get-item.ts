import type { DynamoDBClient, GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { runnable, type TaskContext } from '../define.ts';
import { type AttributeMap, fromAttributes, keyCandidates } from './attribute-values.ts';
import { callAws, clientFor, connectionProperties } from './connection.ts';

export default runnable({
  type: 'io.kestra.plugin.aws.dynamodb.GetItem',
  title: 'Read one item of a DynamoDB table by its key.',
  description:
    'The output `row` is an empty map when there is no such item. Reads are strongly consistent unless `consistentRead` is false, so that an item stored by the task before is found.',
  group: 'aws',
  examples: [
    {
      title: 'Read an item by its id.',
      flow: `
id: read-item
namespace: examples
inputs:
  - id: item
    type: STRING
    defaults: "1"
tasks:
  - id: read
    type: io.kestra.plugin.aws.dynamodb.GetItem
    tableName: items
    key:
      id: "{{ inputs.item }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.read.row }}"
`,
    },
  ],
  properties: (z, expression) => ({
    ...connectionProperties(z, expression),
    tableName: expression(z.string().min(1)).describe('Name or ARN of the table.'),
    key: expression(z.record(z.string(), z.unknown())).describe(
      'The key attributes and their values. Numbers are tried as numbers, then as text.',
    ),
    consistentRead: expression(z.boolean())
      .default(true)
      .describe('False reads at half the price what may be a moment old.'),
  }),
  outputs: (z) => ({
    row: z
      .record(z.string(), z.unknown())
      .describe('The item: numbers and lists as such, sets as lists, binary as base64.'),
  }),
  async run(task, context) {
    const { DynamoDBClient: Client } = await import('./dynamodb-sdk.ts');
    const client = await clientFor(Client, task, context);
    const read = (key: AttributeMap) =>
      getItem(
        client,
        { TableName: task.tableName, Key: key, ConsistentRead: task.consistentRead },
        context,
      );
    const found = await callAws('DynamoDB', () => firstThatFits(keyCandidates(task.key), read));
    return { outputs: { row: fromAttributes(found.Item ?? {}) } };
  },
});

async function getItem(
  client: DynamoDBClient,
  input: { TableName: string; Key: AttributeMap; ConsistentRead: boolean },
  context: TaskContext,
): Promise<GetItemCommandOutput> {
  const { GetItemCommand } = await import('./dynamodb-sdk.ts');
  return client.send(new GetItemCommand(input), { abortSignal: context.signal });
}

/**
 * The table knows the types of its key and the flow does not say them. A request with the wrong one
 * is refused before anything is read, so asking again costs time and no money.
 */
async function firstThatFits<T>(
  [key, ...others]: readonly AttributeMap[],
  read: (key: AttributeMap) => Promise<T>,
): Promise<T> {
  try {
    return await read(key ?? {});
  } catch (error) {
    if (others.length === 0 || !isKeyTypeError(error)) throw error;
    return firstThatFits(others, read).catch((later: unknown) => {
      // The refusal of the key as the flow wrote it says most.
      throw isKeyTypeError(later) ? error : later;
    });
  }
}

function isKeyTypeError(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'ValidationException' &&
    /does not match the schema|type mismatch for key/i.test(error.message)
  );
}
