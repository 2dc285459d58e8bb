import type { EndState } from '../../engine/states.ts';
import { type Answer, type Asked, flowable, TaskFailure } from '../define.ts';
import { inputFilesSchema, namesMatching, storeMatching, writeInputs } from './directory-files.ts';
import { namespaceFilesSchema, writeNamespaceFiles } from './namespace-copies.ts';

interface Outputs {
  readonly outputFiles?: Record<string, string> | undefined;
}

interface After {
  readonly outputFiles?: readonly string[] | undefined;
  readonly cache?: { readonly patterns: readonly string[]; readonly ttl?: unknown } | undefined;
}

export default flowable({
  type: 'io.kestra.plugin.core.flow.WorkingDirectory',
  aliases: ['io.kestra.core.tasks.flows.WorkingDirectory', 'io.kestra.core.tasks.flows.Worker'],
  title: 'Run tasks one after the other in one directory.',
  description:
    'Each task finds the files that the tasks before it left. They are stored between the tasks, so that a task which is tried again begins with what the one before it left, whatever the failed attempt did.',
  group: 'core',
  examples: [
    {
      title: 'Give files to the tasks, and keep what they make.',
      flow: `
id: working_directory
namespace: examples
tasks:
  - id: work
    type: io.kestra.plugin.core.flow.WorkingDirectory
    inputFiles:
      greeting.txt: Hello
    outputFiles:
      - "*.txt"
    tasks:
      - id: name
        type: io.kestra.plugin.core.storage.LocalFiles
        inputs:
          name.txt: Ada
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.work.outputFiles['greeting.txt']) }}"
`,
    },
  ],
  sharesDirectory: true,
  properties: (z, expression) => ({
    inputFiles: inputFilesSchema(z, expression),
    outputFiles: expression(z.array(z.string()))
      .optional()
      .describe('Globs of the files to be stored when the tasks have ended.'),
    namespaceFiles: namespaceFilesSchema(z, expression),
    cache: z
      .object({
        patterns: z.array(z.string()).min(1).describe('Globs of the files to be kept.'),
        ttl: expression(z.iso.duration()).optional().describe('How long they are kept.'),
      })
      .optional()
      .describe('Files that later executions begin with.'),
  }),
  outputs: (z) => ({
    outputFiles: z
      .record(z.string(), z.string())
      .optional()
      .describe('Addresses of the stored files, by path.'),
  }),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true, runnableOnly: true }],
  async open(task, _branches, opening) {
    const { directory, readFile } = opening;
    const { inputFiles, namespaceFiles, cache } = task;
    if (cache) await directory.restore();
    if (namespaceFiles && namespaceFiles.enabled !== false) {
      await writeNamespaceFiles(await directory.path(), namespaceFiles, opening);
    }
    if (inputFiles !== undefined) await writeInputs(await directory.path(), inputFiles, readFile);
    return { fan: { type: 'sequence', branch: 'tasks' } };
  },
  async ended(task, asked) {
    try {
      return await closed(task, asked);
    } catch (error) {
      if (!(error instanceof TaskFailure)) throw error;
      return { type: 'done', outcome: 'FAILED', failure: error.failure };
    }
  },
});

async function closed({ outputFiles, cache }: After, asked: Asked): Promise<Answer<Outputs>> {
  const { outcome, directory } = asked;
  const uris = outputFiles
    ? await storeMatching(await directory.path(), outputFiles, asked.putFile)
    : {};
  if (cache && isGood(outcome)) {
    const names = await namesMatching(await directory.path(), cache.patterns);
    await directory.keep(names, cache.ttl === undefined ? undefined : Number(cache.ttl));
  }
  const outputs = Object.keys(uris).length > 0 ? { outputs: { outputFiles: uris } } : {};
  return { type: 'done', outcome, ...outputs };
}

function isGood(outcome: EndState): boolean {
  return outcome === 'SUCCESS' || outcome === 'WARNING';
}
