/** `namespaceFiles` of a task: files of namespaces, copied into its directory before it begins. */
import { type ExpressionWrapper, type Opening, TaskFailure, type Z } from '../define.ts';
import { checkBytes, filesIn, writeInto } from './directory-files.ts';
import { globsAnywhere } from './glob.ts';
import { pathBelow } from './namespace-paths.ts';

const behaviours = ['OVERWRITE', 'FAIL', 'WARN', 'IGNORE'] as const;

export const namespaceFilesSchema = (z: Z, expression: ExpressionWrapper) =>
  z
    .object({
      enabled: expression(z.boolean()).default(true).describe('Whether files are copied.'),
      include: expression(z.array(z.string())).optional().describe('Globs; all where absent.'),
      exclude: expression(z.array(z.string())).optional().describe('Globs of those left out.'),
      namespaces: expression(z.array(z.string()))
        .optional()
        .describe("Whose files, one after the other; the flow's own where absent."),
      ifExists: expression(z.enum(behaviours))
        .default('OVERWRITE')
        .describe('What becomes of a file that is in the way; WARN and IGNORE leave it.'),
      folderPerNamespace: expression(z.boolean())
        .default(false)
        .describe('Whether each namespace gets a folder.'),
    })
    .optional()
    .describe('Files of namespaces that are copied into the directory.');

interface Wanted {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly ifExists: string;
  readonly folderPerNamespace: boolean;
}

export async function writeNamespaceFiles(
  directory: string,
  { include = [], exclude = [], namespaces, ifExists, folderPerNamespace }: Wanted,
  { namespace: own, namespaceFiles: stored }: Pick<Opening, 'namespace' | 'namespaceFiles'>,
): Promise<void> {
  const isIncluded = include.length === 0 ? () => true : globsAnywhere(include);
  const isExcluded = globsAnywhere(exclude);
  const there = new Set((await filesIn(directory)).map(({ name }) => name));
  let bytes = 0;
  for (const namespace of namespaces ?? [own]) {
    for await (const path of stored.list(namespace)) {
      if (!isIncluded(path) || isExcluded(path)) continue;
      const name = pathBelow(folderPerNamespace ? namespace : '', path);
      if (there.has(name) && ifExists !== 'OVERWRITE') {
        if (ifExists === 'FAIL') throw inTheWay(name);
        continue;
      }
      const content = await stored.get(namespace, path);
      if (content === undefined) continue;
      bytes += content.length;
      checkBytes(bytes);
      await writeInto(directory, name, content);
      there.add(name);
    }
  }
}

function inTheWay(name: string): TaskFailure {
  const message = `'${name}' is in the directory already, and ifExists is FAIL`;
  return new TaskFailure({ code: 'file-exists', message, retryable: false });
}
