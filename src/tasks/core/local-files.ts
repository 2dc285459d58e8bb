import { runnable } from '../define.ts';
import { inputFilesSchema, storeMatching, writeInputs } from './directory-files.ts';

export default runnable({
  type: 'io.kestra.plugin.core.storage.LocalFiles',
  aliases: ['io.kestra.core.tasks.storages.LocalFiles'],
  title: 'Put files into a working directory, or store files of it.',
  description:
    'Inside a WorkingDirectory the files are those that its other tasks see. `inputFiles` and `outputFiles` of a WorkingDirectory do the same before and after all of its tasks.',
  group: 'core',
  examples: [
    {
      title: 'One task writes, the next one stores.',
      flow: `
id: local_files
namespace: examples
tasks:
  - id: work
    type: io.kestra.plugin.core.flow.WorkingDirectory
    tasks:
      - id: write
        type: io.kestra.plugin.core.storage.LocalFiles
        inputs:
          names/first.txt: Ada
          names/second.txt: Grace
      - id: store
        type: io.kestra.plugin.core.storage.LocalFiles
        outputs:
          - names/*
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.store.uris['names/first.txt']) }}"
`,
    },
  ],
  isNeverCached: true,
  properties: (z, expression) => ({
    inputs: inputFilesSchema(z, expression),
    outputs: expression(z.array(z.string()))
      .optional()
      .describe('Globs of the files to be stored, such as `reports/**`.'),
  }),
  outputs: (z) => ({
    uris: z.record(z.string(), z.string()).describe('Addresses of the stored files, by path.'),
  }),
  async run({ inputs, outputs = [] }, context) {
    const directory = await context.directory();
    if (inputs !== undefined) await writeInputs(directory, inputs, context.getFile);
    return { outputs: { uris: await storeMatching(directory, outputs, context.putFile) } };
  },
});
