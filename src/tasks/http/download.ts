import { runnable, TaskFailure } from '../define.ts';
import { ask, requestProperties } from './ask.ts';
import { fileNameOf } from './file-name.ts';

/** A file is held in memory on its way to the store, packed and unpacked. */
const fileBytesMax = 100 * 1024 * 1024;

export default runnable({
  type: 'io.kestra.plugin.core.http.Download',
  aliases: ['io.kestra.plugin.fs.http.Download'],
  title: 'Download a file into the internal store.',
  description:
    'The body of the answer becomes a file, of up to 100 MiB, which later tasks refer to by its address. A body that ends before the length the server announced fails the task.',
  group: 'http',
  examples: [
    {
      title: 'Download a CSV file.',
      flow: `
id: download
namespace: examples
tasks:
  - id: extract
    type: io.kestra.plugin.core.http.Download
    uri: https://huggingface.co/datasets/kestra/datasets/raw/main/csv/orders.csv
  - id: size
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.extract.length }} bytes"
`,
    },
  ],
  properties: (z, expression) => ({
    ...requestProperties(z, expression),
    failOnEmptyResponse: expression(z.boolean())
      .default(true)
      .describe('Whether an empty file fails the task, unless `options.allowFailed` is set.'),
    saveAs: expression(z.string())
      .optional()
      .describe(
        'Name of the file. If absent, that in the header Content-Disposition or the address.',
      ),
  }),
  outputs: (z) => ({
    uri: z.string().describe('Address of the file.'),
    code: z.int().describe('The status code.'),
    length: z.int().describe('Size of the file in bytes.'),
    headers: z.record(z.string(), z.array(z.string())).describe('Lists of values by name.'),
  }),
  async run(task, context) {
    const {
      uri: from,
      response,
      allowsFailed,
    } = await ask(task, context, {
      bodyBytesMax: fileBytesMax,
    });
    const { status: code, headers, body } = response;
    if (body.length === 0) {
      if (!task.failOnEmptyResponse) context.log('WARN', `File '${from}' is empty`);
      else if (!allowsFailed) throw nothingCame();
    }
    const uri = await context.putFile(fileNameOf(task.saveAs, headers, from), body);
    context.log('DEBUG', `File '${from}' downloaded with size '${body.length}'`);
    return { outputs: { uri, code, length: body.length, headers: headers.toObject() } };
  },
});

function nothingCame(): TaskFailure {
  return new TaskFailure({ code: 'http-empty', message: 'No response from server' });
}
