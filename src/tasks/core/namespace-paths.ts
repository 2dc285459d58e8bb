/** Files of a namespace by globs. */
import type { ExpressionWrapper, NamespaceFiles, Z } from '../define.ts';
import { globsAnywhere } from './glob.ts';

/** Which files of which namespace: what tasks about some that are there ask for. */
export const ofNamespaceSchema = (z: Z, expression: ExpressionWrapper) => ({
  namespace: expression(z.string().min(1)).describe('Whose files they are.'),
  files: expression(z.union([z.string(), z.array(z.string())])).describe(
    'A glob, or a list of globs, of the files.',
  ),
});

/** `files`: a glob or a list of them. */
export async function matchingPaths(
  stored: NamespaceFiles,
  namespace: string,
  files: string | readonly string[],
): Promise<readonly string[]> {
  const fits = globsAnywhere(typeof files === 'string' ? [files] : files);
  const paths: string[] = [];
  for await (const path of stored.list(namespace)) if (fits(path)) paths.push(path);
  return paths;
}

/** Without slashes at its ends, and with the folder in front. */
export function pathBelow(folder: string, path: string): string {
  return [...folder.split('/'), ...path.split('/')].filter((part) => part !== '').join('/');
}
