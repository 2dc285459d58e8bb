/** How much goes wrong, by seed: probabilities, per call or per message. */
import type { SeededRandom } from '../../src/adapters/simulated/random.ts';

export interface Profile {
  /** The process dies before or after a call. */
  readonly crash: number;
  /** A call is throttled. */
  readonly refused: number;
  /** A call has its effect, and reports an error. */
  readonly unknown: number;
  /** A call has its effect twice: the client has repeated it. */
  readonly repeated: number;
  /** A process stands still before a call, and goes on some time later. */
  readonly parked: number;
  /** A process dies before a call, and its message is never seen again. */
  readonly gone: number;
  readonly duplicated: number;
  readonly lost: number;
  readonly late: number;
  /** A message is handled, and its deletion fails. */
  readonly undeleted: number;
  /** A baton loses its live values. */
  readonly bare: number;
  /** Messages handled at once. */
  readonly atOnce: number;
  /** A request from outside, per event. */
  readonly requests: number;
  readonly indexLagMs: number;
}

export const calm: Profile = {
  crash: 0,
  refused: 0,
  unknown: 0,
  repeated: 0,
  parked: 0,
  gone: 0,
  duplicated: 0,
  lost: 0,
  late: 0,
  undeleted: 0,
  bare: 0,
  atOnce: 1,
  requests: 0,
  indexLagMs: 0,
};

/** `loss`: where even messages in work are lost. From draws of its own, so that the rest is as it was. */
export function randomProfile(random: SeededRandom, loss?: SeededRandom): Profile {
  // Each kind of fault is absent in most seeds, so that what remains can be told apart.
  const at = (most: number) => (random.chance(0.4) ? random.next() * most : 0);
  if (random.chance(0.1)) return calm;
  return {
    crash: at(0.1),
    refused: at(0.1),
    unknown: at(0.1),
    repeated: at(0.15),
    parked: at(0.1),
    gone: loss?.chance(0.6) ? loss.next() * 0.05 : 0,
    duplicated: at(0.3),
    lost: at(0.1),
    late: at(0.3),
    undeleted: at(0.3),
    bare: at(0.5),
    atOnce: 1 + random.below(3),
    requests: at(0.1),
    indexLagMs: random.chance(0.3) ? 5_000 : 0,
  };
}

export function withoutFaults(profile: Profile): Profile {
  return { ...calm, bare: profile.bare, atOnce: profile.atOnce };
}
