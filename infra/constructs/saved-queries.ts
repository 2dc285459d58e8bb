/** Logs Insights queries kept with the stack, over the log groups that hold execution logs. */

import { type LogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

interface SavedQueriesProps {
  readonly logGroups: readonly LogGroup[];
}

export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, props: SavedQueriesProps) {
    super(scope, id);
    const logGroups = [...props.logGroups];
    // A slash makes a folder in the console.
    const folder = Stack.of(this).stackName;
    new QueryDefinition(this, 'OneExecution', {
      queryDefinitionName: `${folder}/one execution`,
      logGroups,
      queryString: new QueryString({
        fields: ['@timestamp', 'level', 'path', 'attempt', 'message'],
        filterStatements: ['executionId = "PUT-THE-ID-HERE"'],
        sort: '@timestamp asc',
        limit: 1000,
      }),
    });
    new QueryDefinition(this, 'Failures', {
      queryDefinitionName: `${folder}/failures`,
      logGroups,
      queryString: new QueryString({
        fields: ['@timestamp', 'namespace', 'flowId', 'executionId', 'path', 'attempt', 'message'],
        filterStatements: ['level = "ERROR" or ispresent(errorType)'],
        sort: '@timestamp desc',
        limit: 200,
      }),
    });
  }
}
