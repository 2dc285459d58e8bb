/**
 * Sample function behind a Function URL: stores the posted item under a new KSUID and answers with
 * the id. A KSUID begins with the time, so ids sort by age.
 */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import KSUID from 'ksuid';
import { answer, type JsonObject, type Reply, reply, text } from './function-url.ts';

const dynamodb = new DynamoDBClient();

export async function handler(event: LambdaFunctionURLEvent): Promise<Reply> {
  return answer(event, storeItem);
}

async function storeItem(body: JsonObject): Promise<Reply> {
  const name = text(body, 'name');
  const description = text(body, 'description');
  const now = new Date();
  const id = KSUID.randomSync(now).string;
  await dynamodb.send(
    new PutItemCommand({
      TableName: process.env['ITEMS_TABLE'],
      Item: {
        id: { S: id },
        name: { S: name },
        description: { S: description },
        created_at: { S: now.toISOString() },
        updated_at: { S: now.toISOString() },
      },
    }),
  );
  return reply(201, { id });
}
