/** The promises of `BlobStore`, for every back end. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { BlobStore } from '../../src/engine/ports.ts';
import { fresh, someBytes } from './fixtures.ts';
import { describePromises, type Deviations } from './promises.ts';

export interface BlobsUnderTest {
  readonly blobs: BlobStore;
  close(): Promise<void>;
}

export function describeBlobs(
  name: string,
  open: () => Promise<BlobsUnderTest>,
  deviations: Deviations = {},
): void {
  describePromises(`${name}: blobs`, deviations, (promise) => {
    let opened: BlobsUnderTest | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened?.close(), 60_000);
    const blobs = (): BlobStore => {
      if (opened === undefined) throw new Error('the blobs are not open');
      return opened.blobs;
    };

    promise('bytes come back as they were, from none to three million', async () => {
      for (const length of [0, 1, 3_000_000]) {
        const address = await blobs().put(fresh('execution/'), someBytes(length));
        const read = await blobs().get(address);
        expect(read === undefined ? undefined : Buffer.compare(read, someBytes(length))).toBe(0);
      }
    });

    promise('the same key again replaces', async () => {
      const key = fresh('execution/');
      expect(await blobs().put(key, someBytes(5000, 1))).toBe(key);
      expect(await blobs().put(key, someBytes(10, 2))).toBe(key);
      expect(await blobs().get(key)).toEqual(someBytes(10, 2));
    });

    promise('writers of one key at once leave one whole value', async () => {
      const key = fresh('execution/');
      const values = [1, 2, 3, 4, 5].map((seed) => someBytes(50_000 + seed, seed));
      const addresses = await Promise.all(values.map((bytes) => blobs().put(key, bytes)));
      const read = await blobs().get(addresses[0] ?? '');
      expect(values).toContainEqual(read);
    });

    promise(
      'what is written once is whole for everybody, however often it is written',
      async () => {
        const key = fresh('execution/');
        const bytes = someBytes(400_000);
        await blobs().put(key, bytes, 'once');
        const reads = Array.from({ length: 5 }, async () => blobs().get(key));
        await Promise.all(reads.map(async () => blobs().put(key, bytes, 'once')));
        for (const read of [...(await Promise.all(reads)), await blobs().get(key)]) {
          expect(Buffer.compare(read ?? Buffer.alloc(0), bytes)).toBe(0);
        }
      },
    );

    promise('any text is a key, and near keys are different ones', async () => {
      const base = fresh('e');
      const keys = ['a', 'A', 'a/b', 'a_b', 'each[3]/fetch', '../../x', '..', 'ü 👋?#%2F', 'x.tmp'];
      keys.push('long/'.repeat(100), 'n'.repeat(600));
      const addresses: string[] = [];
      for (const [index, key] of keys.entries()) {
        addresses.push(await blobs().put(`${base}/${key}`, someBytes(9, index)));
      }
      for (const [index, address] of addresses.entries()) {
        expect(await blobs().get(address)).toEqual(someBytes(9, index));
      }
    });

    promise('a key nobody wrote is not there', async () => {
      const key = await blobs().put(fresh('execution/'), someBytes(3));
      for (const other of [`${key}_`, `./${key}`, `x/../${key}`, '../baton.db']) {
        expect(await blobs().get(other)).toBeUndefined();
        expect(await blobs().size(other)).toBeUndefined();
      }
    });

    promise('the size is known without the bytes', async () => {
      for (const length of [0, 70_000]) {
        expect(await blobs().size(await blobs().put(fresh('execution/'), someBytes(length)))).toBe(
          length,
        );
      }
    });

    promise('what was deleted is gone, and deleting it again is no error', async () => {
      const key = await blobs().put(fresh('execution/'), someBytes(3));
      const other = await blobs().put(`${key}/2`, someBytes(3));
      await blobs().delete(key);
      await blobs().delete(key);
      expect(await blobs().get(key)).toBeUndefined();
      expect(await blobs().get(other)).toEqual(someBytes(3));
    });
  });
}
