/**
 * Sample function that returns the record it is given with `updatedTimestamp` set to now. Invoked
 * directly the event is the record; behind a Function URL the record is the body of a POST.
 */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { answer, isObject, type JsonObject, type Reply, reply, text } from './function-url.ts';

interface ItemRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly createdTimestamp: string;
  readonly updatedTimestamp: string;
}

export async function handler(event: unknown): Promise<ItemRecord | Reply> {
  if (isFunctionUrlEvent(event)) return answer(event, (body) => reply(200, updated(body)));
  if (!isObject(event)) throw new TypeError('The event must be the record as a JSON object.');
  return updated(event);
}

function updated(given: JsonObject): ItemRecord {
  // Read although it is replaced: a record without it is not one of ours.
  text(given, 'updatedTimestamp');
  return {
    id: text(given, 'id'),
    name: text(given, 'name'),
    description: text(given, 'description'),
    createdTimestamp: text(given, 'createdTimestamp'),
    updatedTimestamp: new Date().toISOString(),
  };
}

function isFunctionUrlEvent(event: unknown): event is LambdaFunctionURLEvent {
  return isObject(event) && isObject(event['requestContext']) && 'http' in event['requestContext'];
}
