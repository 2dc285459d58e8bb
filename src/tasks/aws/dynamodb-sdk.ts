/** What tasks use of the SDK, named: a lazy import of the whole client could not be tree-shaken. */
export { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
