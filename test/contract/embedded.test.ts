import { newFolder } from '../adapters/embedded/folders.ts';
import { turns } from '../adapters/embedded/turns.ts';
import { openEmbedded } from '../../src/adapters/embedded/open.ts';
import { virtualClock } from '../../src/adapters/simulated/clock.ts';
import { describeBlobs } from './blobs.ts';
import { epochMs } from './fixtures.ts';
import { describeKeyValues } from './key-values.ts';
import { describeLogs } from './logs.ts';
import { describeQueue, type QueueUnderTest, type Taken } from './queue.ts';
import { describeStateStore } from './state-store.ts';

const openInNewFolder = () => openEmbedded({ directory: newFolder() });

/** Messages are handed out as they become due; taking waits until the commit after them is over. */
async function openQueue(): Promise<QueueUnderTest> {
  const clock = virtualClock(epochMs);
  const embedded = await openEmbedded({ directory: newFolder(), clock });
  const { queue, deliveries } = embedded;
  let taken: Taken[] = [];
  let arrived: () => void = () => undefined;
  deliveries.start({
    concurrency: 4,
    handle: async ({ body, lane }) => {
      taken.push({ body, lane });
      arrived();
    },
    dead: async () => undefined,
  });
  return {
    queue,
    now: () => clock.now(),
    async take(count) {
      while (taken.length < count) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      await turns();
      const all = taken;
      taken = [];
      return all;
    },
    async advance(ms) {
      clock.advance(ms);
    },
    close: () => embedded.close(),
  };
}

describeStateStore('embedded', openInNewFolder);
describeBlobs('embedded', openInNewFolder);
describeKeyValues('embedded', openInNewFolder);
describeLogs('embedded', openInNewFolder);
describeQueue('embedded', openQueue);
