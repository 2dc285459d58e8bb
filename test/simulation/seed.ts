/** One seed from its flows to its verdict. */
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { randomFlows } from './grammar.ts';
import { Broken } from './invariants.ts';
import { run } from './run.ts';
import type { FlowSpec } from './spec.ts';
import { forgettingTimers } from './timers.ts';
import { judge } from './verdict.ts';

export interface Outcome {
  readonly executions: number;
  readonly events: readonly string[];
  /** What did not hold. */
  readonly broken?: string;
}

export function flowsOf(seed: number): readonly FlowSpec[] {
  return randomFlows(seededRandom(seed));
}

export async function trySeed(
  seed: number,
  flows = flowsOf(seed),
  isTraced = false,
): Promise<Outcome> {
  const events: string[] = [];
  return forgettingTimers(async () => {
    try {
      const aftermath = await run({ seed, flows, isTraced, events });
      await judge(aftermath);
      return { executions: aftermath.world.store.tables.executions.size, events };
    } catch (error) {
      const broken = error instanceof Broken ? error.message : String((error as Error).stack);
      return { executions: 0, events, broken };
    }
  });
}
