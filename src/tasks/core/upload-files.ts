import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runnable, type TaskContext, TaskFailure } from '../define.ts';
import { namesMatching } from './directory-files.ts';
import { pathBelow } from './namespace-paths.ts';
import { checkSize, inBatches, readStored } from './stored-file.ts';

const conflicts = ['OVERWRITE', 'ERROR', 'SKIP'] as const;

export default runnable({
  type: 'io.kestra.plugin.core.namespace.UploadFiles',
  title: 'Put files into a namespace.',
  description:
    'Files of the internal store, or of the working directory the task is in. They are there for every flow of the namespace, until they are deleted.',
  group: 'core',
  examples: [
    {
      title: 'Keep a file for other flows.',
      flow: `
id: upload_files
namespace: examples
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    content: SELECT 1
  - id: upload
    type: io.kestra.plugin.core.namespace.UploadFiles
    namespace: examples
    filesMap:
      queries/one.sql: "{{ outputs.write.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read('queries/one.sql') }}"
`,
    },
  ],
  isNeverCached: true,
  properties: (z, expression) => ({
    namespace: expression(z.string().min(1)).describe('Whose files they become.'),
    files: expression(z.union([z.array(z.string()), z.record(z.string(), z.string())]))
      .optional()
      .describe('Addresses, and globs of files of the working directory; or as `filesMap`.'),
    filesMap: expression(z.record(z.string(), z.string()))
      .optional()
      .describe('Addresses by the path each file gets.'),
    destination: expression(z.string()).default('/').describe('A folder for those of a list.'),
    conflict: expression(z.enum(conflicts))
      .default('OVERWRITE')
      .describe('What becomes of a file that is there already.'),
  }),
  outputs: () => ({}),
  async run({ namespace, files, filesMap, destination, conflict }, context) {
    if (files === undefined && filesMap === undefined) {
      throw new TaskFailure({ code: 'files', message: 'Either `files` or `filesMap` must be set' });
    }
    const listed = Array.isArray(files) ? (files as readonly string[]) : [];
    const mapped = { ...(Array.isArray(files) ? {} : files), ...filesMap };
    const all = [
      ...(await uploadsOf(listed, destination, context)),
      ...Object.entries(mapped).map(([path, address]) => ({
        path: pathBelow('', path),
        read: () => readStored(context, address),
      })),
    ];
    await inBatches(all, async ({ path, read }) => {
      const bytes = await read();
      const absentOnly = conflict !== 'OVERWRITE';
      const isNew = await context.namespaceFiles.put(namespace, path, { bytes, absentOnly });
      if (!isNew && conflict === 'ERROR') throw exists(path);
      context.log('DEBUG', isNew ? `Stored /${path}` : `/${path} is there already: skipped`);
    });
    return {};
  },
});

interface Upload {
  readonly path: string;
  readonly read: () => Promise<Uint8Array>;
}

async function uploadsOf(
  listed: readonly string[],
  destination: string,
  context: TaskContext,
): Promise<readonly Upload[]> {
  const isAddress = (file: string) => file.startsWith('kestra://');
  const stored = listed.filter(isAddress).map((address) => ({
    path: pathBelow(destination, address.slice(address.lastIndexOf('/') + 1)),
    read: () => readStored(context, address),
  }));
  const globs = listed.filter((file) => !isAddress(file));
  if (globs.length === 0) return stored;
  const directory = await context.directory();
  const names = await namesMatching(directory, globs);
  const found = names.map((name) => ({
    path: pathBelow(destination, name),
    read: async () => {
      const bytes = await readFile(join(directory, name));
      checkSize(bytes.length, name);
      return bytes;
    },
  }));
  return [...stored, ...found];
}

function exists(path: string): TaskFailure {
  const message = `File /${path} already exists and conflict is set to ERROR`;
  return new TaskFailure({ code: 'file-exists', message });
}
