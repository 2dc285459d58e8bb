import { runnable } from '../define.ts';
import { matchingPaths, ofNamespaceSchema } from './namespace-paths.ts';
import { inBatches } from './stored-file.ts';

export default runnable({
  type: 'io.kestra.plugin.core.namespace.DeleteFiles',
  title: 'Delete files of a namespace.',
  description: 'A glob that fits no file deletes none.',
  group: 'core',
  examples: [
    {
      title: 'Delete what is no longer needed.',
      flow: `
id: delete_files
namespace: examples
tasks:
  - id: put
    type: io.kestra.plugin.core.storage.Write
    content: SELECT 1
  - id: upload
    type: io.kestra.plugin.core.namespace.UploadFiles
    namespace: examples
    filesMap:
      old/one.sql: "{{ outputs.put.uri }}"
  - id: delete
    type: io.kestra.plugin.core.namespace.DeleteFiles
    namespace: examples
    files:
      - "old/**"
`,
    },
  ],
  isNeverCached: true,
  properties: (z, expression) => ({
    ...ofNamespaceSchema(z, expression),
    deleteParentFolder: expression(z.boolean())
      .default(false)
      .describe('No effect: a folder is there as long as it has files.'),
  }),
  outputs: () => ({}),
  async run({ namespace, files }, { namespaceFiles, log }) {
    const paths = await matchingPaths(namespaceFiles, namespace, files);
    await inBatches(paths, (path) => namespaceFiles.delete(namespace, path));
    for (const path of paths) log('DEBUG', `Deleted /${path}`);
    return {};
  },
});
