/**
 * Batons that the queue handed out too often: their task run ends FAILED with the reason and the
 * execution goes on from there. What is no baton is reported and let go; what cannot be settled now
 * stays in the queue.
 */
import { UnreadableBaton } from '../src/engine/baton.ts';
import { giveUp } from '../src/runtime/step.ts';
import { batchHandler } from './batch.ts';
import { deployed, report } from './composition.ts';

const { aws, runtime } = deployed();

export const handler = batchHandler(aws, async ({ body, receives }) => {
  try {
    await giveUp(runtime, body, `its message was received ${receives} times`);
  } catch (error) {
    if (error instanceof UnreadableBaton) return report('A message was let go', error);
    report('A dead letter could not be settled; it stays in the queue', error);
    throw error;
  }
});
