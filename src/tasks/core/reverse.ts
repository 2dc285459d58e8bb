import { runnable, TaskFailure } from '../define.ts';
import { rowsOf } from './rows.ts';
import { checkSize, extensionOf, fileName, readStored } from './stored-file.ts';

export default runnable({
  type: 'io.kestra.plugin.core.storage.Reverse',
  aliases: ['io.kestra.core.tasks.storages.Reverse'],
  title: 'Turn a file of the internal store around, last row first.',
  description: 'Every row of the new file ends with the separator. Files may have up to 100 MiB.',
  group: 'core',
  examples: [
    {
      title: 'Count down.',
      flow: `
id: reverse
namespace: examples
tasks:
  - id: numbers
    type: io.kestra.plugin.core.storage.Write
    content: "1\\n2\\n3\\n"
    extension: .txt
  - id: reverse
    type: io.kestra.plugin.core.storage.Reverse
    from: "{{ outputs.numbers.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.reverse.uri) }}"
`,
    },
  ],
  properties: (z, expression) => ({
    from: expression(z.string().min(1)).describe('Address of the file.'),
    separator: expression(z.string()).default('\n').describe('What ends each row of the new file.'),
    charset: expression(z.string()).default('UTF-8').describe('Charset of the file.'),
  }),
  outputs: (z) => ({
    uri: z.string().describe('Address of the new file.'),
  }),
  async run(task, context) {
    const charset = charsetOf(task.charset);
    const file = await readStored(context, task.from);
    const reversed = reverse(file, charset, task.separator);
    const uri = await context.putFile(fileName('reversed', extensionOf(task.from)), reversed);
    return { outputs: { uri } };
  },
});

interface Charset {
  /** 2 for UTF-16. */
  readonly unit: 1 | 2;
  readonly isBigEndian: boolean;
  /** How the separator is written. */
  readonly encoding: 'utf8' | 'latin1' | 'utf16le';
}

/** Rows stay as they are, so what has to be known is how a line break looks. */
function charsetOf(name: string): Charset {
  switch (name.toLowerCase().replaceAll(/[_-]/g, '')) {
    case 'utf8':
      return { unit: 1, isBigEndian: false, encoding: 'utf8' };
    case 'usascii':
    case 'ascii':
    case 'iso88591':
    case 'latin1':
    case 'windows1252':
    case 'cp1252':
      return { unit: 1, isBigEndian: false, encoding: 'latin1' };
    case 'utf16le':
      return { unit: 2, isBigEndian: false, encoding: 'utf16le' };
    case 'utf16be':
      return { unit: 2, isBigEndian: true, encoding: 'utf16le' };
    case 'utf16':
      throw unsupported(
        'For UTF-16, you need to specify the byte order (use UTF-16BE or UTF-16LE)',
      );
    default:
      throw unsupported(`The charset "${name}" is not supported.`);
  }
}

function unsupported(message: string): TaskFailure {
  return new TaskFailure({ code: 'charset', message, retryable: false });
}

/** Twice over the rows, first to know how long the result is, then to fill it from its end. */
function reverse(file: Buffer, { unit, isBigEndian, encoding }: Charset, text: string): Buffer {
  // A byte that is half a UTF-16 unit is no text.
  const even = unit === 2 ? file.subarray(0, file.length - (file.length % 2)) : file;
  const bytes = isBigEndian ? Buffer.from(even).swap16() : even;
  const separator = Buffer.from(text, encoding);
  let length = 0;
  for (const row of rowsOf(bytes, unit)) length += row.length + separator.length;
  checkSize(length, 'The reversed file');
  const reversed = Buffer.alloc(length);
  let at = length;
  for (const row of rowsOf(bytes, unit)) {
    at -= row.length + separator.length;
    reversed.set(row, at);
    reversed.set(separator, at + row.length);
  }
  return isBigEndian ? reversed.swap16() : reversed;
}
