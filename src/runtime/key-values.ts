/**
 * Key-value pairs as flows see them: names are checked, values packed as outputs are, and what the
 * flow's own namespace has not is looked for in those above it.
 */
import { keptBlobs, type KeyEntry, type KeyQuery } from '../engine/ports.ts';
import { fromPlain, toPlain, type Value } from '../expression/value.ts';
import { type KeyValues, TaskFailure } from '../tasks/define.ts';
import { pack, unpack } from './pack.ts';
import type { Runtime } from './runtime.ts';
import type { Secrets } from './secrets.ts';

type Stores = Pick<Runtime, 'keyValues' | 'blobs' | 'clock'>;

const name = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;
const namespaceCharsMax = 150;
/** DynamoDB takes sort keys of 1,024 bytes. */
const keyCharsMax = 512;
const descriptionCharsMax = 4_096;
/** Keys asked for at once. */
const pageSize = 500;

/** Why no pair can have this name, or undefined. */
export function wrongName(namespace: string, key: string): string | undefined {
  if (!isName(namespace, namespaceCharsMax)) return `'${shown(namespace)}' is not a namespace`;
  if (isName(key, keyCharsMax)) return undefined;
  return `'${shown(key)}' is not a key: letters and digits, then also '.', '_' and '-', up to ${keyCharsMax} of them`;
}

export async function readPair(
  { keyValues, blobs, clock }: Stores,
  namespace: string,
  key: string,
): Promise<(KeyEntry & { readonly value: Value }) | undefined> {
  const pair = await keyValues.get(namespace, key, clock.now());
  return pair && { ...pair, value: await unpack(pair.value, blobs) };
}

/** In the namespace itself, then in the nearest above it that has one. */
export async function findPair(
  stores: Stores,
  namespace: string,
  key: string,
): ReturnType<typeof readPair> {
  for (let at = namespace; ; at = at.slice(0, at.lastIndexOf('.'))) {
    const found = await readPair(stores, at, key);
    if (found !== undefined || !at.includes('.')) return found;
  }
}

/** The capability of one task run. `token` is the same for every attempt and redelivery of it. */
export function keyValuesFor(
  runtime: Pick<Runtime, 'keyValues' | 'blobs' | 'clock' | 'store'>,
  own: string,
  token: string,
  { sealTexts }: Pick<Secrets, 'sealTexts'>,
): KeyValues {
  const { keyValues, blobs, clock } = runtime;
  return {
    async get(namespace, key) {
      checkName(namespace, key);
      return plain(await readPair(runtime, namespace, key));
    },
    async find(key) {
      checkName(own, key);
      return plain(await findPair(runtime, own, key));
    },
    async put(namespace, { value, expiresAt, description, ...pair }) {
      const { key } = pair;
      checkName(namespace, key);
      checkDescription(description);
      const blobKey = `${keptBlobs}kv/${namespace}/${key}/${token}`;
      const answer = await keyValues.put(
        namespace,
        {
          ...pair,
          value: await pack(sealTexts(fromPlain(value)), blobs, blobKey),
          writer: token,
          ...(description !== undefined && { description }),
          ...(expiresAt !== undefined && { expiresAt }),
        },
        clock.now(),
      );
      return answer === 'stored';
    },
    async delete(namespace, key, options) {
      checkName(namespace, key);
      return keyValues.delete(namespace, key, { now: clock.now(), ...options });
    },
    async *keys(namespace, options) {
      checkName(namespace, 'any');
      const query: Omit<KeyQuery, 'after'> = { limit: pageSize, now: clock.now(), ...options };
      for await (const { key } of following((after) =>
        keyValues.list(namespace, { ...query, ...after }),
      )) {
        yield key;
      }
    },
    async *namespaces() {
      let last: string | undefined;
      const flows = following((after) => runtime.store.listFlows({ limit: pageSize, ...after }));
      for await (const { namespace } of flows) {
        if (namespace !== last) yield namespace;
        last = namespace;
      }
    },
  };
}

/** Page after page, as the caller goes on. */
export async function* following<T>(
  page: (after: { readonly after?: string }) => Promise<{
    readonly items: readonly T[];
    readonly next?: string;
  }>,
): AsyncGenerator<T> {
  for (let after: string | undefined; ; ) {
    const { items, next } = await page(after === undefined ? {} : { after });
    yield* items;
    if (next === undefined) return;
    after = next;
  }
}

function plain(pair: (KeyEntry & { readonly value: Value }) | undefined) {
  return pair && { ...pair, value: toPlain(pair.value) };
}

function checkName(namespace: string, key: string): void {
  const message = wrongName(namespace, key);
  if (message !== undefined) throw refused(message);
}

function checkDescription(description: string | undefined): void {
  if (description === undefined || description.length <= descriptionCharsMax) return;
  throw refused(`The description is longer than ${descriptionCharsMax} characters`);
}

function refused(message: string): TaskFailure {
  return new TaskFailure({ code: 'key-value', message, retryable: false });
}

function isName(text: string, charactersMax: number): boolean {
  return text.length <= charactersMax && name.test(text);
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
