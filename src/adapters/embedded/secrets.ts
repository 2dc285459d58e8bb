/**
 * Secrets from a file that a person keeps beside the store: `{"<namespace>": {"<NAME>": "…"}}`. It is
 * read anew each time, so that a change counts at once; there may be none.
 */
import { readFile } from 'node:fs/promises';
import type { SecretStore } from '../../engine/ports.ts';
import { EmbeddedStoreError } from './errors.ts';

export function secretsIn(file: string): SecretStore {
  return {
    async find(namespaces, name) {
      const byNamespace = await read(file);
      for (const namespace of namespaces) {
        const value = own(own(byNamespace, namespace), name);
        if (typeof value === 'string') return value;
      }
      return undefined;
    },
  };
}

async function read(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote what stands there.
    throw new EmbeddedStoreError('corrupt', file, 'not JSON: {"<namespace>": {"<NAME>": "…"}}.');
  }
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
