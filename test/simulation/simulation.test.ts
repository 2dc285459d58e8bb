/**
 * Random flows on a back end where everything goes wrong, and small flows where one thing goes wrong
 * at every place in turn. `npm run simulate -- --seed N` shows what happens in a seed. CI tries many
 * more of them, without this runner (`.ci/run`).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mishaps, tryEveryCall, ways } from './every-call.ts';
import { seedsThatFound } from './found.ts';
import { mutants } from './mutants.ts';
import { firstLossySeed, firstWideSeed, trySeed } from './seed.ts';
import { smallCases } from './small-flows.ts';

const perTest = 50;
const rounds = 4;

const seeds = Array.from({ length: 8 }, (_, index) => 1 + index * perTest);
const wideSeeds = Array.from({ length: 6 }, (_, index) => firstWideSeed + index * perTest);
const lossySeeds = [firstLossySeed, firstLossySeed + perTest];

describe('random flows, over the whole language, and where messages in work are lost', () => {
  test.each([...seeds, ...wideSeeds, ...lossySeeds])(`${perTest} seeds from %i`, async (start) => {
    for (let seed = start; seed < start + perTest; seed += 1) {
      for (let round = 0; round < rounds; round += 1) {
        expect((await trySeed({ seed, round })).broken, `seed ${seed}.${round}`).toBeUndefined();
      }
    }
  });
});

const found = seedsThatFound.map(([seed, what, round = 0]) => ({ seed, round, what }));

test.each(found)('seed $seed.$round: $what', async (tried) => {
  expect((await trySeed(tried)).broken).toBeUndefined();
});

describe.each(Object.entries(smallCases))('%s', (_, small) => {
  test.each(mishaps)('%s, at every call', async (mishap) => {
    for (const way of ways) {
      const { broken, runs } = await tryEveryCall(small, mishap, way);
      expect(broken, JSON.stringify(way)).toEqual([]);
      expect(runs).toBeGreaterThan(1);
    }
  });
});

test.each(mutants)('the sources have what a mutant is made of: $name', ({ file, is }) => {
  expect(readFileSync(file, 'utf8')).toContain(is);
});
