import type { InvokeCommand, InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { runnable, type TaskContext, TaskFailure } from '../define.ts';
import { callAws, clientFor, connectionProperties } from './connection.ts';

export default runnable({
  type: 'io.kestra.plugin.aws.lambda.Invoke',
  title: 'Invoke a Lambda function and wait for its answer.',
  description:
    'The answer is stored as a file (`uri`) and, where it is JSON, also given parsed (`payload`). The last 4 KB that the function logged go to the execution log.',
  group: 'aws',
  examples: [
    {
      title: 'Invoke a function with a payload and log what it answers.',
      flow: `
id: invoke-function
namespace: examples
inputs:
  - id: name
    type: STRING
    defaults: Ada
tasks:
  - id: invoke
    type: io.kestra.plugin.aws.lambda.Invoke
    functionArn: greet
    functionPayload:
      name: "{{ inputs.name }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.invoke.payload }}"
`,
    },
  ],
  properties: (z, expression) => ({
    ...connectionProperties(z, expression),
    functionArn: expression(z.string().min(1)).describe('ARN or name of the function.'),
    functionPayload: expression(z.record(z.string(), z.unknown()))
      .optional()
      .describe('The event, sent as JSON. Without it, or when empty, no payload is sent.'),
  }),
  outputs: (z) => ({
    uri: z.string().describe('Address of the file with the answer as it came.'),
    contentLength: z.int().describe('Length of the answer in bytes.'),
    contentType: z.string().describe('Content type of the answer.'),
    payload: z.unknown().optional().describe('The parsed answer, where it is JSON.'),
  }),
  async run(task, context) {
    const { InvokeCommand: Command, LambdaClient: Client } = await import('./lambda-sdk.ts');
    const client = await clientFor(Client, task, context);
    const command = new Command({
      FunctionName: task.functionArn,
      InvocationType: 'RequestResponse',
      LogType: 'Tail',
      ...event(task.functionPayload ?? {}),
    });
    const { output, contentType } = await callAws('Lambda', () => send(client, command, context));
    logTail(output, context);
    const bytes = Buffer.from(output.Payload ?? []);
    if (output.FunctionError !== undefined)
      throw functionFailure(task.functionArn, bytes, contentType);
    return {
      outputs: {
        uri: await context.putFile('response.json', bytes),
        contentLength: bytes.length,
        contentType,
        payload: isJson(contentType) ? parsed(bytes) : undefined,
      },
    };
  },
});

function event(payload: Readonly<Record<string, unknown>>): { Payload?: Uint8Array } {
  if (Object.keys(payload).length === 0) return {};
  return { Payload: Buffer.from(JSON.stringify(payload)) };
}

/** The SDK keeps the content type to itself, so it is read from the response below it. */
async function send(
  client: LambdaClient,
  command: InvokeCommand,
  context: TaskContext,
): Promise<{ output: InvokeCommandOutput; contentType: string }> {
  let contentType = 'application/octet-stream';
  command.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      contentType = contentTypeOf(result.response) ?? contentType;
      return result;
    },
    { step: 'deserialize', name: 'readContentType' },
  );
  const output = await client.send(command, { abortSignal: context.signal });
  return { output, contentType };
}

function contentTypeOf(response: unknown): string | undefined {
  const { headers } = response as { headers?: Readonly<Record<string, string>> };
  return headers?.['content-type'];
}

function logTail(output: InvokeCommandOutput, context: TaskContext): void {
  const tail = Buffer.from(output.LogResult ?? '', 'base64').toString();
  for (const line of tail.split('\n')) {
    if (line.trim() !== '') context.log('INFO', `[lambda] ${line.trimEnd()}`);
  }
}

/** A failure is kept with the execution, so of a long error only the beginning is. */
const quotedErrorMax = 4_000;

function functionFailure(functionArn: string, bytes: Buffer, contentType: string): TaskFailure {
  const quoted = bytes.subarray(0, quotedErrorMax).toString();
  return new TaskFailure({
    code: 'lambda-function',
    message: `Lambda Invoke task responded with error for function: ${functionArn}${isJson(contentType) ? `. Error: ${quoted}` : ''}`,
    data: { errorType: errorTypeOf(parsed(bytes)) },
  });
}

function errorTypeOf(error: unknown): string {
  const { errorType } = (error ?? {}) as { errorType?: unknown };
  return typeof errorType === 'string' ? errorType : 'unknown';
}

function isJson(contentType: string): boolean {
  return /^application\/json\b/i.test(contentType);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
