/**
 * Counts billable requests where they are made: middleware on the SDK clients.
 *
 * A request is counted once, when it is answered; the client's retries of throttled ones are not
 * billed. DynamoDB is asked for the capacity it consumed, which costs nothing and includes indexes.
 * The execution is read from the request itself, so that batons side by side in one invocation, and
 * messages of several in one batch, are each counted for their own.
 */
import type { ExecutionId } from '../../engine/execution.ts';
import type { Meter, Operation } from '../../engine/ports.ts';

export interface MeterOptions {
  readonly meter: Meter;
  /** The execution a message belongs to: whoever makes the messages knows. */
  readonly executionOf?: ((body: string) => ExecutionId | undefined) | undefined;
}

/** The part of an SDK client that is used here; every client has it. */
interface MeteredClient {
  readonly middlewareStack: {
    add(middleware: unknown, options: { readonly step: 'initialize'; readonly name: string }): void;
  };
}

type Fields = Record<string, unknown>;
type Next = (args: { input: Fields }) => Promise<{ output: Fields }>;

/** SQS bills each begun chunk of this many bytes as a request. */
const chunk = 64 * 1024;

export function metered<C extends { readonly middlewareStack: unknown }>(
  client: C,
  options: MeterOptions | undefined,
): C {
  if (options === undefined) return client;
  const middleware =
    (next: Next, context: { readonly commandName?: string }) =>
    async (args: { input: Fields }): Promise<{ output: Fields }> => {
      const command = context.commandName ?? '';
      const input = command in capacityOf ? withCapacity(args.input) : args.input;
      try {
        const answer = await next({ ...args, input });
        count(options, command, input, answer.output);
        return answer;
      } catch (error) {
        // A write that was refused is billed like one that was made.
        const isRefused =
          error instanceof Error && error.name === 'ConditionalCheckFailedException';
        if (isRefused) count(options, command, input, {});
        throw error;
      }
    };
  const { middlewareStack } = client as unknown as MeteredClient;
  middlewareStack.add(middleware, { step: 'initialize', name: 'batonMeter' });
  return client;
}

const capacityOf: Readonly<Record<string, Operation>> = {
  GetItemCommand: 'read',
  BatchGetItemCommand: 'read',
  QueryCommand: 'read',
  ScanCommand: 'read',
  PutItemCommand: 'write',
  UpdateItemCommand: 'write',
  DeleteItemCommand: 'write',
  BatchWriteItemCommand: 'write',
  TransactWriteItemsCommand: 'write',
};

const requestOf: Readonly<Record<string, Operation>> = {
  ReceiveMessageCommand: 'receive',
  DeleteMessageCommand: 'delete',
  DeleteMessageBatchCommand: 'delete',
  PutObjectCommand: 'put',
  GetObjectCommand: 'get',
  HeadObjectCommand: 'get',
  CreateScheduleCommand: 'schedule',
  InvokeCommand: 'invoke',
};

function withCapacity(input: Fields): Fields {
  return { ReturnConsumedCapacity: 'TOTAL', ...input };
}

function count(options: MeterOptions, command: string, input: Fields, output: Fields): void {
  const capacity = capacityOf[command];
  if (capacity !== undefined) {
    options.meter.count(capacity, unitsOf(output['ConsumedCapacity']), executionIn(input));
    return;
  }
  if (command === 'SendMessageCommand') return countSent(options, [input]);
  if (command === 'SendMessageBatchCommand')
    return countSent(options, input['Entries'] as Fields[]);
  const request = requestOf[command];
  if (request !== undefined) options.meter.count(request, 1);
}

function countSent(options: MeterOptions, entries: readonly Fields[]): void {
  share(
    options,
    'send',
    entries.map(({ MessageBody }) => String(MessageBody)),
  );
}

/**
 * What an event source mapping does in a function's name and no client of ours sees: one receive,
 * one delete and one invocation per batch.
 */
export function countDelivery(options: MeterOptions, bodies: readonly string[]): void {
  share(options, 'receive', bodies);
  for (const body of bodies) {
    const execution = options.executionOf?.(body);
    options.meter.count('delete', 1 / bodies.length, execution);
    options.meter.count('invoke', 1 / bodies.length, execution);
  }
}

/** Each message bears its part of the request, by its length. */
function share(
  { meter, executionOf }: MeterOptions,
  operation: Operation,
  bodies: readonly string[],
) {
  const lengths = bodies.map((body) => Math.max(1, Buffer.byteLength(body)));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const requests = Math.ceil(total / chunk);
  for (const [index, body] of bodies.entries()) {
    meter.count(operation, (requests * (lengths[index] ?? 0)) / total, executionOf?.(body));
  }
}

/** One answer, or a list of them by table. Absent (refused writes tell none): the least. */
function unitsOf(consumed: unknown): number {
  const list = Array.isArray(consumed) ? consumed : [consumed];
  return list.reduce(
    (sum: number, { CapacityUnits: units } = { CapacityUnits: 1 }) => sum + units,
    0,
  );
}

/** Records of an execution lie under `X#<id>` (table.ts), whatever the request. */
function executionIn(input: Fields): ExecutionId | undefined {
  const {
    Item,
    Key,
    ExpressionAttributeValues: values,
  } = input as Record<string, Fields | undefined>;
  const key = (Item?.['pk'] ?? Key?.['pk'] ?? values?.[':pk']) as { S?: string } | undefined;
  const [kind, id] = key?.S?.split('#') ?? [];
  return kind === 'X' ? id : undefined;
}
