/** Key-value pairs in memory. */
import type { KeyValue, KeyValueStore, NewKeyValue } from '../../engine/ports.ts';
import { compare, pageOf } from './lists.ts';

interface Stored extends KeyValue {
  readonly writer: string;
}

export function simulatedKeyValues(): KeyValueStore {
  const namespaces = new Map<string, Map<string, Stored>>();
  const pairsOf = (namespace: string): Map<string, Stored> => {
    const pairs = namespaces.get(namespace) ?? new Map<string, Stored>();
    namespaces.set(namespace, pairs);
    return pairs;
  };
  return {
    async get(namespace, key, now) {
      const stored = pairsOf(namespace).get(key);
      if (stored === undefined || hasExpired(stored, now)) return undefined;
      const { writer: _, ...pair } = stored;
      return pair;
    },
    async put(namespace, pair, now) {
      const pairs = pairsOf(namespace);
      const standing = pairs.get(pair.key);
      if (pair.absentOnly && standing && !hasExpired(standing, now)) {
        if (standing.writer !== pair.writer) return 'exists';
      }
      pairs.set(pair.key, storedOf(pair, standing?.createdAt ?? now, now));
      return 'stored';
    },
    async delete(namespace, key, { now, expiredOnly = false }) {
      const pairs = pairsOf(namespace);
      const standing = pairs.get(key);
      if (standing === undefined) return false;
      const isExpired = hasExpired(standing, now);
      if (isExpired || !expiredOnly) pairs.delete(key);
      return isExpired === expiredOnly;
    },
    async list(namespace, { prefix = '', after = '', limit, now, expired = false }) {
      const entries = [...pairsOf(namespace).values()]
        .filter(({ key }) => key.startsWith(prefix) && compare(key, after) > 0)
        .filter((pair) => hasExpired(pair, now) === expired)
        .sort((a, b) => compare(a.key, b.key))
        .map(({ value: _, writer: __, ...entry }) => entry);
      return pageOf(entries, ({ key }) => key, { limit });
    },
  };
}

function hasExpired({ expiresAt }: KeyValue, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function storedOf(pair: NewKeyValue, createdAt: number, updatedAt: number): Stored {
  const { absentOnly: _, ...rest } = pair;
  return { ...rest, createdAt, updatedAt };
}
