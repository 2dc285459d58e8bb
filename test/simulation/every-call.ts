/** One mishap at every call in turn: what small flows are tried with. */
import { calm } from './profile.ts';
import { tryPlan } from './seed.ts';
import type { SmallCase } from './small-flows.ts';
import type { Mishap } from './world.ts';

export const mishaps: readonly Mishap[] = [
  'crash-before',
  'crash-after',
  'refused',
  'unknown',
  'repeated',
  'parked',
  'gone',
];

/** Nobody dies of these, and nobody is refused. */
const harmless: readonly Mishap[] = ['repeated', 'parked'];

/** Of one message, with one mishap, three sends are the most that is seen. */
const sendsMax = 5;

/** What of each there is two of: messages come once or twice, and are handled one or two at once. */
export interface Way {
  readonly duplicated: 0 | 1;
  readonly atOnce: 1 | 2;
}

export const ways: readonly Way[] = [
  { duplicated: 0, atOnce: 1 },
  { duplicated: 0, atOnce: 2 },
  { duplicated: 1, atOnce: 1 },
  { duplicated: 1, atOnce: 2 },
];

/** Resolves with what broke where, and how many runs that took. */
export async function tryEveryCall(
  small: SmallCase,
  fault: Mishap,
  way: Way,
): Promise<{ readonly broken: readonly string[]; readonly runs: number }> {
  // The order of messages is another one, too.
  const isUnswept = harmless.includes(fault);
  const profile = { ...calm, ...way };
  const plan = { seed: way.atOnce, starts: 1, ...small, profile, sendsMax, isUnswept };
  // A run is the same up to its fault, so that this is where there are any.
  const { calls, broken: withoutFault } = await tryPlan(plan);
  const broken = withoutFault === undefined ? [] : [withoutFault];
  if (withoutFault !== undefined) return { broken, runs: 1 };
  for (let place = 0; place < calls; place += 1) {
    const outcome = await tryPlan({ ...plan, faultAt: { place, fault } });
    if (outcome.broken !== undefined) broken.push(`${fault} at ${place}: ${outcome.broken}`);
  }
  return { broken, runs: 1 + calls };
}
