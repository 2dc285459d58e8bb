import { describe, expect, test } from 'vitest';
import { readFlow } from '../../../src/flow/read.ts';
import dynamodbGetItem from '../../../src/tasks/aws/dynamodb-get-item.ts';
import lambdaInvoke from '../../../src/tasks/aws/lambda-invoke.ts';
import httpRequest from '../../../src/tasks/http/request.ts';

const definitions = [dynamodbGetItem, lambdaInvoke, httpRequest];

describe.each(definitions.map((definition) => [definition.type, definition] as const))(
  '%s',
  (_, definition) => {
    test.each(definition.examples.map((example) => [example.title, example.flow]))(
      'example "%s" is a flow without issues',
      async (_title, flow) => {
        expect((await readFlow(flow ?? '')).issues).toEqual([]);
      },
    );
  },
);
