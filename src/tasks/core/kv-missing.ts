import { TaskFailure } from '../define.ts';

/** What a task fails with that was told to, where there is no pair. */
export function missingPair(namespace: string, key: string): TaskFailure {
  return new TaskFailure({
    code: 'key-missing',
    message: `No value found for key '${key}' in namespace '${namespace}' and \`errorOnMissing\` is set to true`,
  });
}
