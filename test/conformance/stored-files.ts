/** Assertions about the content behind an address of the internal store. */
import { fileKey } from '../../src/runtime/files.ts';
import { compare, type Mismatch } from './matchers.ts';
import { valueAt } from './references.ts';
import type { Check } from './subject.ts';

interface StoredFileFacts {
  /** Path below the execution to the address. */
  readonly uri: string;
  readonly content?: unknown;
  readonly lineCount?: number;
}

export const checkStoredFiles: Check = async (expected, { execution, world, match }) => {
  const found: Mismatch[] = [];
  for (const { uri, content, lineCount } of expected as readonly StoredFileFacts[]) {
    const address = valueAt(execution, uri);
    const key = typeof address === 'string' ? fileKey(address, '') : undefined;
    const bytes = key === undefined ? undefined : await world.engine.runtime.blobs.get(key);
    if (bytes === undefined) {
      found.push({ path: uri, expected: 'a stored file', actual: address });
      continue;
    }
    const text = new TextDecoder().decode(bytes);
    if (content !== undefined) found.push(...compare(content, text, match, `content of ${uri}`));
    if (lineCount !== undefined) {
      const lines = text.split('\n').filter((line) => line !== '').length;
      found.push(...compare(lineCount, lines, match, `lines of ${uri}`));
    }
  }
  return found;
};
