import { virtualClock } from '../../src/adapters/simulated/clock.ts';
import { Life, noFaults } from '../../src/adapters/simulated/faults.ts';
import { simulatedBlobs, simulatedLogs } from '../../src/adapters/simulated/files.ts';
import { simulatedKeyValues } from '../../src/adapters/simulated/key-values.ts';
import { simulatedQueue } from '../../src/adapters/simulated/queue.ts';
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { simulatedStore } from '../../src/adapters/simulated/store.ts';
import { describeBlobs } from './blobs.ts';
import { epochMs } from './fixtures.ts';
import { describeKeyValues } from './key-values.ts';
import { describeLogs } from './logs.ts';
import { describeQueue, type QueueUnderTest, type Taken } from './queue.ts';
import { describeStateStore } from './state-store.ts';

const close = async () => undefined;
// Seen through a life without faults: the way the simulation uses them.
const life = new Life(noFaults);

async function openQueue(): Promise<QueueUnderTest> {
  const clock = virtualClock(epochMs);
  const queue = simulatedQueue({ clock, random: seededRandom(1) });
  return {
    queue: life.port('queue', queue),
    now: () => clock.now(),
    async take() {
      const taken: Taken[] = [];
      for (let delivery = queue.receive(); delivery; delivery = queue.receive()) {
        taken.push({ body: delivery.body, lane: delivery.lane });
        delivery.done();
      }
      return taken;
    },
    advance: async (ms) => clock.advance(ms),
    close,
  };
}

describeStateStore('simulated', async () => {
  const store = simulatedStore({ clock: virtualClock(epochMs) });
  return { store: life.port('store', store), close };
});
describeBlobs('simulated', async () => ({ blobs: life.port('blobs', simulatedBlobs()), close }));
describeKeyValues('simulated', async () => ({
  keyValues: life.port('keyValues', simulatedKeyValues()),
  close,
}));
describeLogs('simulated', async () => ({ logs: life.port('logs', simulatedLogs()), close }));
describeQueue('simulated', openQueue);
