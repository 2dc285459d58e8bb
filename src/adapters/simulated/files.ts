/** Blobs and logs in memory. */
import type { LogLevel } from '../../engine/flow.ts';
import type { BlobStore, LogEntry, LogReader, LogSink } from '../../engine/ports.ts';

export function simulatedBlobs(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  return {
    async put(key, bytes) {
      blobs.set(key, bytes.slice());
      return key;
    },
    get: async (address) => blobs.get(address)?.slice(),
  };
}

const levels: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

export function simulatedLogs(): LogSink & LogReader {
  const entries: LogEntry[] = [];
  return {
    write: (entry) => void entries.push(entry),
    async readLogs(id, minLevel = 'TRACE') {
      const least = levels.indexOf(minLevel);
      const ours = entries.filter(
        ({ executionId, level }) => executionId === id && levels.indexOf(level) >= least,
      );
      return ours.sort((a, b) => a.timestamp - b.timestamp);
    },
  };
}
