import { runnable, type TaskContext } from '../define.ts';
import { ask, invalid, requestProperties } from './ask.ts';
import { checkedText } from './response-text.ts';

/** Bodies are outputs, and outputs are stored with the execution. */
const bodyBytesMax = 19 * 1024 * 1024;

export default runnable({
  type: 'io.kestra.plugin.core.http.Request',
  aliases: ['io.kestra.plugin.fs.http.Request'],
  title: 'Make an HTTP request and keep the answer as an output.',
  description:
    'The body is always text; read JSON with `json()` or `jq`. Requests that may change something carry an `Idempotency-Key` header, the same for every attempt of this task run, unless the flow sets that header itself.',
  group: 'http',
  examples: [
    {
      title: 'Post a JSON payload.',
      flow: `
id: post-payload
namespace: examples
inputs:
  - id: payload
    type: JSON
    defaults: '{"title": "A pen"}'
tasks:
  - id: send
    type: io.kestra.plugin.core.http.Request
    uri: https://dummyjson.com/products/add
    method: POST
    contentType: application/json
    body: "{{ inputs.payload }}"
  - id: status
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.send.code }}"
`,
    },
    {
      title: 'Call a Lambda Function URL that asks for IAM.',
      flow: `
id: call-function-url
namespace: examples
inputs:
  - id: url
    type: STRING
    defaults: https://example.lambda-url.eu-central-1.on.aws/
tasks:
  - id: call
    type: io.kestra.plugin.core.http.Request
    uri: "{{ inputs.url }}"
    options:
      auth:
        type: AWS_SIGV4
`,
    },
  ],
  properties: (z, expression) => ({
    ...requestProperties(z, expression),
    encryptBody: expression(z.boolean())
      .default(false)
      .describe(
        'Whether the body becomes the output `encryptedBody`: sealed wherever it is kept, in clear for expressions, masked in logs. Needs an encryption key.',
      ),
  }),
  outputs: (z) => ({
    uri: z.string().describe('The address that was asked.'),
    code: z.int().describe('The status code.'),
    headers: z.record(z.string(), z.array(z.string())).describe('Lists of values by name.'),
    body: z.string().optional().describe('The body as text, unless it is encrypted.'),
    encryptedBody: z.string().optional().describe('The body as text, when it is encrypted.'),
  }),
  sealedOutputs: ['encryptedBody'],
  async run(task, context) {
    const { encryptBody: hidesBody } = task;
    const seal = hidesBody ? sealOf(context) : undefined;
    const { uri, response } = await ask(task, context, { bodyBytesMax, hidesBody });
    const body = checkedText(response);
    const { status: code, headers } = response;
    return {
      outputs: {
        uri,
        code,
        headers: headers.toObject(),
        // What is kept is no text until an expression reads it.
        ...(seal ? { encryptedBody: seal(body) as unknown as string } : { body }),
      },
    };
  },
});

/** Asked for before anything is sent. */
function sealOf({ seal }: TaskContext): NonNullable<TaskContext['seal']> {
  if (seal) return seal;
  throw invalid('no-encryption-key', 'encryptBody needs an encryption key, and there is none.');
}
