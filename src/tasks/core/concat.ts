import { runnable, TaskFailure } from '../define.ts';
import { growingBytes } from './growing-bytes.ts';
import { checkSize, fileName, readStored } from './stored-file.ts';

export default runnable({
  type: 'io.kestra.plugin.core.storage.Concat',
  aliases: ['io.kestra.core.tasks.storages.Concat'],
  title: 'Put files of the internal store together, one after the other.',
  description:
    'The separator comes after every file, the last one included. The result may have up to 100 MiB.',
  group: 'core',
  examples: [
    {
      title: 'Two files, a line each.',
      flow: `
id: concat
namespace: examples
tasks:
  - id: first
    type: io.kestra.plugin.core.storage.Write
    content: Ada
  - id: second
    type: io.kestra.plugin.core.storage.Write
    content: Grace
  - id: both
    type: io.kestra.plugin.core.storage.Concat
    files:
      - "{{ outputs.first.uri }}"
      - "{{ outputs.second.uri }}"
    separator: "\\n"
    extension: .txt
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.both.uri) }}"
`,
    },
  ],
  properties: (z, expression) => ({
    files: expression(z.union([z.string(), z.array(z.string())])).describe(
      'Addresses of the files: a list, or the JSON text of one.',
    ),
    separator: expression(z.string()).optional().describe('Text after each file.'),
    extension: expression(z.string()).default('.tmp').describe('End of the name of the new file.'),
  }),
  outputs: (z) => ({
    uri: z.string().describe('Address of the new file.'),
  }),
  async run(task, context) {
    const separator = Buffer.from(task.separator ?? '');
    const whole = growingBytes();
    for (const address of addressesOf(task.files)) {
      const bytes = await readStored(context, address);
      // Before it is copied: the sum is what has to fit.
      checkSize(whole.length + bytes.length + separator.length, 'The concatenated file');
      whole.append(bytes);
      whole.append(separator);
    }
    const uri = await context.putFile(fileName('concat', task.extension), whole.taken());
    return { outputs: { uri } };
  },
});

function addressesOf(files: unknown): readonly string[] {
  const list = typeof files === 'string' ? parsed(files) : files;
  if (Array.isArray(list) && list.every((item): item is string => typeof item === 'string')) {
    return list;
  }
  throw notAList();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notAList(error);
  }
}

function notAList(cause?: unknown): TaskFailure {
  const message = 'Invalid `files`: it must be a list of addresses, or the JSON text of one.';
  return new TaskFailure({ code: 'files', message, retryable: false }, { cause });
}
