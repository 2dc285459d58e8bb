/** One seed from its flows to its verdict. */
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { randomFlows } from './grammar.ts';
import { Broken } from './invariants.ts';
import { type Plan, run } from './run.ts';
import type { FlowSpec } from './spec.ts';
import { forgettingTimers } from './timers.ts';
import { judge } from './verdict.ts';
import './warm.ts';

export interface Outcome {
  readonly executions: number;
  readonly events: readonly string[];
  /** Calls of ports that could have failed. */
  readonly calls: number;
  /** What did not hold. */
  readonly broken?: string;
}

/** From this seed on flows are over the whole language; those before keep the meaning they had. */
export const firstWideSeed = 1_000_000;

export function flowsOf(seed: number): readonly FlowSpec[] {
  const wider = seed < firstWideSeed ? undefined : seededRandom(seed ^ 0x3c6ef372);
  return randomFlows(seededRandom(seed), wider);
}

export async function trySeed(
  seed: number,
  flows = flowsOf(seed),
  isTraced = false,
): Promise<Outcome> {
  return tryPlan({ seed, flows, isTraced });
}

export async function tryPlan(plan: Plan): Promise<Outcome> {
  const events: string[] = [];
  return forgettingTimers(async () => {
    try {
      const aftermath = await run({ ...plan, events });
      await judge(aftermath);
      const { store, calls } = aftermath.world;
      return { executions: store.tables.executions.size, calls, events };
    } catch (error) {
      const broken = error instanceof Broken ? error.message : String((error as Error).stack);
      return { executions: 0, calls: Infinity, events, broken };
    }
  });
}
