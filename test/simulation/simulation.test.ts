/**
 * Random flows on a back end where everything goes wrong, and small flows where one thing goes wrong
 * at every place in turn. `npm run simulate -- --seed N` shows what happens in a seed.
 */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/adapters/simulated/faults.ts';
import { times } from '../helpers/effort.ts';
import { calm } from './profile.ts';
import { seedsThatFound } from './found.ts';
import { firstWideSeed, tryPlan, trySeed } from './seed.ts';
import { smallFlows } from './small-flows.ts';

const perTest = 100;

describe('random flows', () => {
  test.each(Array.from({ length: times(8) }, (_, index) => 1 + index * perTest))(
    `${perTest} seeds from %i`,
    async (start) => {
      for (let seed = start; seed < start + perTest; seed += 1) {
        const { broken } = await trySeed(seed);
        expect(broken, `seed ${seed}`).toBeUndefined();
      }
    },
  );
});

describe('random flows over the whole language', () => {
  test.each(Array.from({ length: times(6) }, (_, index) => firstWideSeed + index * perTest))(
    `${perTest} seeds from %i`,
    async (start) => {
      for (let seed = start; seed < start + perTest; seed += 1) {
        expect((await trySeed(seed)).broken, `seed ${seed}`).toBeUndefined();
      }
    },
  );
});

test.each(seedsThatFound)('seed %i: %s', async (seed) => {
  expect((await trySeed(seed)).broken).toBeUndefined();
});

const faults: readonly Fault[] = ['crash-before', 'crash-after', 'unknown', 'repeated'];

describe.each(Object.keys(smallFlows))('%s', (name) => {
  test.each(faults)('%s, at every call', async (fault) => {
    const flows = smallFlows[name] ?? [];
    for (const duplicated of [0, 1]) {
      for (const seed of [1, 2]) {
        const profile = { ...calm, duplicated, atOnce: seed };
        for (let place = 0, calls = 1; place < calls; place += 1) {
          const outcome = await tryPlan({ seed, flows, profile, faultAt: { place, fault } });
          const where = `${fault} at ${place}, duplicated ${duplicated}, seed ${seed}`;
          expect(outcome.broken, where).toBeUndefined();
          ({ calls } = outcome);
        }
      }
    }
  });
});
