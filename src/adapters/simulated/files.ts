/** Blobs and logs in memory. */
import { logLevels } from '../../engine/flow.ts';
import type { BlobStore, LogEntry, LogReader, LogSink } from '../../engine/ports.ts';

export function simulatedBlobs(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  return {
    recordBytesMax: 256 * 1024,
    async put(key, bytes) {
      // A buffer's own `slice` is a view of memory that its owner may use again.
      blobs.set(key, Uint8Array.from(bytes));
      return key;
    },
    get: async (key) => blobs.get(key)?.slice(),
    size: async (key) => blobs.get(key)?.length,
    delete: async (key) => void blobs.delete(key),
  };
}

export function simulatedLogs(): LogSink & LogReader {
  const entries: LogEntry[] = [];
  return {
    lagMs: 0,
    write: (entry) => void entries.push(entry),
    async readLogs(id, minLevel = 'TRACE', linesMax = Infinity) {
      const least = logLevels.indexOf(minLevel);
      const ours = entries.filter(
        ({ executionId, level }) => executionId === id && logLevels.indexOf(level) >= least,
      );
      return ours.sort((a, b) => a.timestamp - b.timestamp).slice(0, linesMax);
    },
  };
}
