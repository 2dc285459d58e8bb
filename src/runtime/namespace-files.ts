/**
 * Files of namespaces, as tasks see them. The bytes are a blob that is kept for good, whose key
 * follows from namespace and path, so that reading one costs one read. A key-value pair per file says
 * which there are, as a blob store cannot be listed. A put that was cut short is done again by
 * whoever repeats it; until then the pair names a file that is not there, which counts as none.
 */
import { type NamespaceFiles, TaskFailure } from '../tasks/define.ts';
import { namespaceFileKey } from './files.ts';
import { following, wrongName } from './key-values.ts';
import type { Runtime } from './runtime.ts';

/** DynamoDB takes sort keys of 1,024 bytes. */
const pathBytesMax = 900;
const pageSize = 500;

/** `token` is the same for every attempt and redelivery of a task run. */
export function namespaceFilesFor(
  { keyValues, blobs, clock }: Pick<Runtime, 'keyValues' | 'blobs' | 'clock'>,
  token: string,
): NamespaceFiles {
  return {
    async *list(namespace) {
      const index = indexOf(namespace);
      const query = { limit: pageSize, now: clock.now() };
      const pairs = following((after) => keyValues.list(index, { ...query, ...after }));
      for await (const { key } of pairs) yield key;
    },
    get: async (namespace, path) => blobs.get(keyOf(namespace, path)),
    async put(namespace, path, { bytes, absentOnly }) {
      const blob = keyOf(namespace, path);
      const pair = { key: path, value: String(bytes.length), type: 'FILE', writer: token };
      const index = indexOf(namespace);
      const answer = await keyValues.put(index, { ...pair, absentOnly }, clock.now());
      if (answer === 'exists') return false;
      await blobs.put(blob, bytes);
      return true;
    },
    async delete(namespace, path) {
      const blob = keyOf(namespace, path);
      const wasThere = await keyValues.delete(indexOf(namespace), path, { now: clock.now() });
      await blobs.delete(blob);
      return wasThere;
    },
  };
}

/** No flow can name such a namespace. */
function indexOf(namespace: string): string {
  const wrong = wrongName(namespace, 'any');
  if (wrong !== undefined) throw refused(wrong);
  return `${namespace}/files`;
}

function keyOf(namespace: string, path: string): string {
  const key =
    Buffer.byteLength(path) > pathBytesMax ? undefined : namespaceFileKey(path, namespace);
  if (key !== undefined && !path.startsWith('/')) return key;
  throw refused(`'${path.slice(0, 100)}' is no path of a file of a namespace`);
}

function refused(message: string): TaskFailure {
  return new TaskFailure({ code: 'namespace-file', message, retryable: false });
}
