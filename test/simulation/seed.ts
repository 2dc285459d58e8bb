/** One seed from its flows to its verdict. */
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { randomFlows } from './grammar.ts';
import { Broken } from './invariants.ts';
import { type Plan, run } from './run.ts';
import type { FlowSpec } from './spec.ts';
import { withoutTimers } from './timers.ts';
import { judge } from './verdict.ts';
import './warm.ts';

/** Odd and large: the rounds of one seed are not those of its neighbours. */
const roundStep = 0x9e3779b1;

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
/** From this one on messages are lost for good while somebody works on them. */
export const firstLossySeed = 2_000_000;

/** The flows of a seed, and one of the many ways to run them. */
export interface Try {
  readonly seed: number;
  /** From 0. Rounds of a seed differ in what goes wrong, and share their flows, which takes time to read. */
  readonly round: number;
}

let latest: { readonly seed: number; readonly flows: readonly FlowSpec[] } | undefined;

export function flowsOf(seed: number): readonly FlowSpec[] {
  if (latest?.seed !== seed) {
    const wider = seed < firstWideSeed ? undefined : seededRandom(seed ^ 0x3c6ef372);
    latest = { seed, flows: randomFlows(seededRandom(seed), wider) };
  }
  return latest.flows;
}

export async function trySeed(
  { seed, round }: Try,
  flows = flowsOf(seed),
  isTraced = false,
): Promise<Outcome> {
  const isLossy = seed >= firstLossySeed;
  return tryPlan({ seed: (seed + Math.imul(round, roundStep)) >>> 0, flows, isTraced, isLossy });
}

export async function tryPlan(plan: Plan): Promise<Outcome> {
  const events: string[] = [];
  return withoutTimers(async () => {
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
