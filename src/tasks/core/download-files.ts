import { runnable } from '../define.ts';
import { matchingPaths, ofNamespaceSchema, pathBelow } from './namespace-paths.ts';
import { checkSize, inBatches } from './stored-file.ts';

export default runnable({
  type: 'io.kestra.plugin.core.namespace.DownloadFiles',
  title: 'Copy files of a namespace into the execution.',
  description: 'What an execution has copied stays as it is, whatever becomes of the file.',
  group: 'core',
  examples: [
    {
      title: 'Read a query.',
      flow: `
id: download_files
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
  - id: download
    type: io.kestra.plugin.core.namespace.DownloadFiles
    namespace: examples
    files: "**.sql"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.download.files['/queries/one.sql']) }}"
`,
    },
  ],
  isNeverCached: true,
  properties: (z, expression) => ({
    ...ofNamespaceSchema(z, expression),
    destination: expression(z.string()).default('').describe('A folder for the copies.'),
  }),
  outputs: (z) => ({
    files: z.record(z.string(), z.string()).describe('Addresses of the copies, by path.'),
  }),
  async run({ namespace, files, destination }, { namespaceFiles, putFile }) {
    const paths = await matchingPaths(namespaceFiles, namespace, files);
    const copies = await inBatches(paths, async (path) => {
      const bytes = await namespaceFiles.get(namespace, path);
      if (bytes === undefined) return [];
      checkSize(bytes.length, path);
      return [[`/${path}`, await putFile(pathBelow(destination, path), bytes)] as const];
    });
    return { outputs: { files: Object.fromEntries(copies.flat()) } };
  },
});
